"""Samples too large to be drawn row by row, or to be in memory at once.

One pass over the rows, batch by batch if need be, gives the sums of a sample's
parts (:class:`~csat_models.estimation.draws.sample_parts.SampleParts`). Moments
and draws need no more. What needs all rows at once, or to see them twice,
cannot be had from batches: pairwise and maximum-likelihood moments, polychoric
correlations, scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.estimation.columns import rows_of
from csat_models.estimation.draws.division import (
    PARTS,
    Codes,
    check_parts,
    divide_names,
    divide_rows,
)
from csat_models.estimation.draws.sample_parts import SampleParts, sum_cells
from csat_models.estimation.moments import Moments
from csat_models.estimation.persons import person_names, persons_column
from csat_models.estimation.products import add_product_items
from csat_models.estimation.sample import ADDITIVE, Groups, Missing, Sample, read_sample
from csat_models.estimation.whole_numbers import require_seed
from csat_models.model import PathModel
from csat_models.model.spec import require_model
from csat_models.survey import Responses


def compute_parts(
    data: Responses | pd.DataFrame,
    *,
    parts: int = PARTS,
    seed: int = 0,
    by: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    persons: str | None = None,
    first_row: int = 0,
) -> SampleParts:
    """Divide a sample into random parts and sum each.

    Parameters
    ----------
    data : Responses or DataFrame
    parts : int
        Most parts of a cell. Standard errors of draws of G parts have a
        relative error of ``1 / sqrt(2 G)`` of their own.
    seed : int
        Assigns rows to parts, by their position and not by what they hold.
    by, items, missing, sampling_weights
        As in :func:`~csat_models.estimation.row_moments.compute_moments`; sums
        serve ``"mean"`` and ``"listwise"``.
    persons : str, optional
        Column of respondent ids (or of sampling units), whose rows stay
        together; by default the codebook's.
    first_row : int
        Position of the first row, where these follow the rows of another
        file.

    Returns
    -------
    SampleParts

    Raises
    ------
    DataError
        Less than two parts, a column that is not there, or a way with
        missing answers that needs all rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"S1": np.arange(9.0), "S2": np.arange(9.0) ** 2})
    >>> compute_parts(frame, parts=3).moments().mean.values.round(2).tolist()
    [4.0, 22.67]
    """
    check_parts(parts)
    require_seed(seed)
    _require_additive(missing)
    how: dict[str, Any] = {"by": by, "items": items, "sampling_weights": sampling_weights}
    return _sum_parts(
        data, first_row, parts=parts, seed=seed, persons=persons, missing=missing, **how
    )


def stream_parts(
    batches: Iterable[Responses | pd.DataFrame],
    *,
    model: PathModel | None = None,
    parts: int = PARTS,
    seed: int = 0,
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    **how: Any,
) -> SampleParts:
    r"""Divide a sample that comes in batches into random parts and sum each.

    Parameters
    ----------
    batches : iterable of Responses or DataFrame
        As of :func:`~csat_models.survey.intake.batches.read_batches`; one is held at
        a time.
    model : PathModel, optional
        Whose items are used, with the products that its interactions need.
    parts, seed, items, missing, **how
        As in :func:`compute_parts`: `by`, `sampling_weights`, `persons` too.

    Returns
    -------
    SampleParts
        The same, to rounding, as of all rows at once.

    Raises
    ------
    DataError
        As of :func:`compute_parts`; no rows at all; missing answers to the
        items of a product, which count as a mean that is known at the end
        only.

    Examples
    --------
    >>> frame = pd.DataFrame({"S1": np.arange(9.0), "S2": np.arange(9.0) ** 2})
    >>> found = stream_parts(iter([frame.head(4), frame.tail(5)]), parts=3)
    >>> found.n_rows, found.moments().mean.values.round(2).tolist()
    (9, [4.0, 22.67])
    """
    check_parts(parts)
    require_seed(seed)
    if items is None and model is not None:
        require_model(model)
        items = model.items
    return _stream(batches, model, parts=parts, seed=seed, items=items, missing=missing, **how)


def stream_moments(
    batches: Iterable[Responses | pd.DataFrame],
    *,
    model: PathModel | None = None,
    by: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
) -> Moments:
    r"""Compute moments of a sample that comes in batches.

    Parameters
    ----------
    batches, model
        As in :func:`stream_parts`.
    by, items, missing, sampling_weights
        As in :func:`~csat_models.estimation.row_moments.compute_moments`; a
        missing answer counts as the mean of all batches.

    Returns
    -------
    Moments
        The same, to rounding, as of all rows at once.

    Raises
    ------
    DataError
        As of :func:`stream_parts`.

    Examples
    --------
    >>> frame = pd.DataFrame({"S1": np.arange(9.0), "S2": np.arange(9.0) ** 2})
    >>> moments = stream_moments(iter([frame.head(4), frame.tail(5)]))
    >>> moments.mean.values.round(2).tolist(), moments.n_obs.item()
    ([4.0, 22.67], 9)
    """
    if items is None and model is not None:
        require_model(model)
        items = model.items
    how: dict[str, Any] = {"by": by, "items": items, "sampling_weights": sampling_weights}
    return _stream(batches, model, missing=missing, parts=1, seed=0, **how).moments()


def _stream(
    batches: Iterable[Responses | pd.DataFrame],
    model: PathModel | None,
    *,
    missing: Missing,
    items: Sequence[str] | None,
    **how: Any,
) -> SampleParts:
    _require_additive(missing)
    whole: SampleParts | None = None
    first_row = 0
    for batch in batches:
        ready = batch if model is None else _with_products(batch, model, missing)
        names = whole.items if whole is not None else items
        one = _sum_parts(ready, first_row, missing=missing, items=names, **how)
        first_row += one.n_rows
        whole = one if whole is None else whole.merge(one)
    if whole is None or not whole.cells:
        raise DataError(
            "the batches hold no row that can be used; check the file, the grouping columns and "
            "whether missing='listwise' leaves anyone"
        )
    return whole


def _sum_parts(
    data: Responses | pd.DataFrame,
    first_row: int,
    *,
    parts: int,
    seed: int,
    by: Sequence[str] = (),
    persons: str | None = None,
    missing: Missing = "mean",
    items: Sequence[str] | None = None,
    sampling_weights: str | None = None,
) -> SampleParts:
    """Sum one batch, whose first row has the position `first_row`."""
    data, positions, n_rows = _used(data, first_row, missing, items)
    sample = _read(data, items, sampling_weights)
    persons = persons_column(data, persons)
    groups = Groups.of(sample.rows, by)
    return SampleParts(
        header=header_of(sample),
        coords=groups.coords,
        cells=sum_cells(sample, groups, number_rows(sample, positions, persons, parts, seed)),
        parts=parts,
        seed=seed,
        named=persons is not None,
        n_rows=n_rows,
    )


def header_of(sample: Sample) -> Sample:
    """Return a sample's items and scales, without its rows."""
    nothing = np.empty((0, len(sample.items)))
    return replace(sample, rows=pd.DataFrame(), values=nothing, weights=np.empty(0))


def number_rows(
    sample: Sample, positions: Codes, persons: str | None, parts: int, seed: int
) -> Codes:
    """Part of each row: of its person, or of its position (n,)."""
    if parts == 1:
        return np.zeros(len(positions), dtype=np.intp)
    if persons is None:
        return divide_rows(positions, parts=parts, seed=seed)
    return divide_names(person_names(sample.rows, persons), parts=parts, seed=seed)


def _used(
    data: Responses | pd.DataFrame, first_row: int, missing: Missing, items: Sequence[str] | None
) -> tuple[Responses | pd.DataFrame, Codes, int]:
    """Rows that are used, their positions, and the number of all rows."""
    frame = rows_of(data)
    positions = np.arange(first_row, first_row + len(frame))
    if missing != "listwise":
        return data, positions, len(frame)
    names = [name for name in items or data_items(data) if name in frame.columns]
    kept = frame[names].notna().all(axis=1).to_numpy()
    if isinstance(data, Responses):
        some: Responses | pd.DataFrame = replace(
            data, frame=frame[kept], row_numbers=data.row_numbers[kept]
        )
    else:
        some = frame[kept]
    return some, positions[kept], len(frame)


def data_items(data: Responses | pd.DataFrame) -> tuple[str, ...]:
    """Items that are used where none are named."""
    if isinstance(data, Responses):
        return tuple(name for name, item in data.codebook.items.items() if item.filter is None)
    return tuple(map(str, data.select_dtypes("number").columns))


def _read(
    data: Responses | pd.DataFrame, items: Sequence[str] | None, sampling_weights: str | None
) -> Sample:
    """Read a batch, in which an item may be without any answer."""
    names = data_items(data) if items is None else tuple(items)
    if not len(rows_of(data)):
        ends = np.full(len(names), np.nan)
        nothing = np.empty((0, len(names)))
        return Sample(
            rows=rows_of(data),
            items=names,
            values=nothing,
            weights=np.empty(0),
            scale_min=ends,
            scale_max=ends,
        )
    return read_sample(data, items=names, sampling_weights=sampling_weights, some=True)


def _with_products(
    batch: Responses | pd.DataFrame, model: PathModel, missing: Missing
) -> Responses | pd.DataFrame:
    """Add the products of items, of complete answers only."""
    frame = batch.frame if isinstance(batch, Responses) else batch
    wanted = [name for name in model.product_items if name not in frame.columns]
    factors = sorted({item for name in wanted for item in name.split(":")})
    known = [item for item in factors if item in frame.columns]
    if not wanted:
        return batch
    gaps = [item for item in known if frame[item].isna().any()]
    if gaps and missing != "listwise":
        raise DataError(
            f"item '{gaps[0]}' of a product has missing answers, which count as the mean of all "
            "rows, and in batches that is not known in time; write missing='listwise'",
            item=gaps[0],
        )
    return add_product_items(batch, model)


def _require_additive(missing: Missing) -> None:
    if missing not in ADDITIVE:
        raise DataError(
            f"missing='{missing}' needs all rows at once and cannot be had from parts or batches; "
            f"write one of {', '.join(ADDITIVE)}",
            missing=missing,
        )
