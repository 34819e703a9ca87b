"""Whether responses can be analysed at all, before any model sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.intake.responses import Responses

MIN_CELL = 10

_SHOWN = 5


def check_responses(
    responses: Responses,
    items: Sequence[str],
    by: Sequence[str] = (),
    min_cell: int = MIN_CELL,
) -> None:
    """Refuse responses that no model of these items could be fitted to.

    Parameters
    ----------
    responses : Responses
        n rows.
    items : sequence of str
        The model's K items.
    by : sequence of str
        Columns whose combinations are the cells that results are given for.
    min_cell : int
        The least number of rows a cell may have; only cells that occur are
        looked at.

    Raises
    ------
    DataError
        One sentence naming everything found: a column the responses do not
        have, items without answers or with the same answer everywhere, fewer
        rows than items, cells smaller than `min_cell`.
    """
    unknown = [name for name in (*items, *by) if name not in responses.frame.columns]
    if unknown:
        raise DataError(
            f"{responses.source}: there is no column {', '.join(unknown)}; "
            "correct the model, the params or the codebook",
            source=responses.source,
            columns=tuple(unknown),
        )
    problems = [*_describe_items(responses.frame, items), *_describe_cells(responses, by, min_cell)]
    if problems:
        raise DataError(
            f"{responses.source} cannot be analysed: {'; '.join(problems)}",
            source=responses.source,
            problems=tuple(problems),
        )


def _describe_items(frame: pd.DataFrame, items: Sequence[str]) -> Iterator[str]:
    scores = frame[list(items)]
    empty = scores.columns[scores.isna().all()].tolist()
    constant = scores.columns[scores.max() == scores.min()].tolist()
    if empty:
        yield f"no answers to {', '.join(empty)}; leave the items out of the model"
    if constant:
        yield f"the same answer everywhere to {', '.join(constant)}; leave the items out"
    if len(frame) < len(items):
        yield f"{len(frame)} rows for {len(items)} items; at least as many rows are needed"


def _describe_cells(responses: Responses, by: Sequence[str], min_cell: int) -> Iterator[str]:
    if not by:
        return
    sizes = responses.frame.groupby(list(by), observed=True).size()
    small = sizes[sizes < min_cell]
    if len(small):
        cells = [
            _name_cell(responses.codebook, by, key if isinstance(key, tuple) else (key,), size)
            for key, size in small.items()
        ]
        more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
        yield (
            f"fewer than {min_cell} rows in {', '.join(cells[:_SHOWN])}{more}; "
            "leave these cells out, merge them, or lower 'data.min_cell'"
        )


def _name_cell(codebook: Codebook, by: Sequence[str], values: Sequence[object], size: int) -> str:
    labels = codebook.labels("en")
    pairs = zip(by, values, strict=True)
    parts = [
        f"{column} {value} ({labels.get(f'{column}:{value}', value)})" for column, value in pairs
    ]
    return f"{' / '.join(parts)}: {size} rows"
