"""Flags that a row earns by itself: speed, attention, contradictions, gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.checking.expressions import Expression
from csat_models.survey.intake.responses import Responses
from csat_models.survey.screening.answers import column_of, screened_items
from csat_models.survey.screening.flags import Flag

Array = NDArray[np.float64]

# The median absolute deviation of a normal distribution is 1 / 1.4826 standard deviations.
MAD = 1.4826


def flag_speeders(
    responses: Responses,
    duration: str,
    *,
    within: Sequence[str] = (),
    least_seconds: float | None = None,
    deviations: float = 3.0,
) -> Flag:
    r"""Interviews that were over too soon.

    Parameters
    ----------
    responses : Responses
        n rows.
    duration : str
        Column of seconds.
    within : sequence of str
        Columns such as the mode of the interview: only interviews of the
        same kind are compared.
    least_seconds : float, optional
        A declared cut. By default the cut is robust: the logarithm of the
        seconds per answer lies `deviations` times 1.4826 median absolute
        deviations below its median.
    deviations : float

    Returns
    -------
    Flag
        Its value is the seconds per answer.

    References
    ----------
    Greszki, Meyer & Schoen (2015), Public Opinion Quarterly 79:471-503;
    Leys et al. (2013), J. Experimental Social Psychology 49:764-766, for the
    robust cut.
    """
    seconds = column_of(responses, duration, "duration").to_numpy(dtype=np.float64, na_value=np.nan)
    seconds = np.where(seconds > 0, seconds, np.nan)
    pace = seconds / np.maximum(count_answers(responses), 1.0)
    if least_seconds is not None:
        rows = np.nan_to_num(seconds, nan=np.inf) < least_seconds
        rule = f"shorter than {least_seconds:g} seconds"
    else:
        rows = robust_distance(np.log(pace), group_codes(responses, within)) < -deviations
        kind = f" of the same {' x '.join(within)}" if within else ""
        rule = (
            f"log seconds per answer {deviations:g} robust standard deviations below the "
            f"median{kind}"
        )
    return Flag(
        name="speeder",
        rows=rows,
        value=pace,
        rule=rule,
        source="Greszki, Meyer & Schoen 2015; Leys et al. 2013",
    )


def count_answers(responses: Responses) -> Array:
    """Count the items that each row answers, shape (n,)."""
    total = np.zeros(len(responses.frame))
    for name in responses.codebook.items:
        total += responses.frame[name].notna().to_numpy()
    return total


def robust_distance(values: Array, group: NDArray[np.intp]) -> Array:
    """Distances from the median of the group, in robust standard deviations.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Missing ones have no distance.
    group : ndarray of int, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        NaN too where more than half of a group are alike.
    """
    column = pd.Series(values)
    gap = column - column.groupby(group).transform("median")
    spread = MAD * gap.abs().groupby(group).transform("median")
    return np.asarray((gap / spread.where(spread > 0)).to_numpy())


def group_codes(responses: Responses, columns: Sequence[str]) -> NDArray[np.intp]:
    """Give each row's combination of columns a number; rows without one share a number."""
    code = np.zeros(len(responses.frame), dtype=np.intp)
    for name in columns:
        own = pd.factorize(column_of(responses, name, "comparison"), sort=True)[0] + 1
        code = np.unique(code * (own.max(initial=0) + 1) + own, return_inverse=True)[1]
    return code


def flag_attention(responses: Responses, expected: Mapping[str, float | Sequence[float]]) -> Flag:
    """Rows that fail an item with a prescribed answer.

    Parameters
    ----------
    responses : Responses
        n rows.
    expected : mapping of str to number or sequence of numbers
        Column to the answers that pass. No answer is no failure.

    Returns
    -------
    Flag
        Its value is the number of failed items.

    Raises
    ------
    DataError
        A column that is not there.

    References
    ----------
    Oppenheimer, Meyvis & Davidenko (2009), J. Experimental Social Psychology
    45:867-872; Meade & Craig (2012), Psychological Methods 17:437-455.
    """
    failed = np.zeros(len(responses.frame))
    for name, right in expected.items():
        column = column_of(responses, name, "attention item")
        single = isinstance(right, int | float | str)
        passes: list[Any] = [right] if single else list(right)  # type: ignore[arg-type]
        if not pd.api.types.is_numeric_dtype(column):
            column, passes = column.astype("str"), [str(value) for value in passes]
        failed += (column.notna() & ~column.isin(passes)).to_numpy()
    shown = ", ".join(f"{name} is {right}" for name, right in expected.items())
    return Flag(
        name="attention",
        rows=failed > 0,
        value=failed,
        rule=f"another answer than prescribed: {shown}",
        source="Oppenheimer, Meyvis & Davidenko 2009; Meade & Craig 2012",
    )


def flag_impossible(responses: Responses, conditions: Mapping[str, str]) -> Flag:
    """Rows in which a combination holds that cannot be.

    Parameters
    ----------
    responses : Responses
        n rows.
    conditions : mapping of str to str
        Name to condition, as of :mod:`csat_models.survey.checking.expressions`.

    Returns
    -------
    Flag
        Its value is the number of combinations; its table tells ``name``,
        ``condition`` and ``n_rows``.

    Raises
    ------
    CodebookError
        A condition that cannot be read.
    """
    frame = responses.frame
    read = {name: Expression.parse(text, list(frame.columns)) for name, text in conditions.items()}
    hits = {name: condition.holds(frame) for name, condition in read.items()}
    value = np.sum(list(hits.values()), axis=0, dtype=np.float64) + np.zeros(len(frame))
    table = pd.DataFrame(
        {
            "name": list(hits),
            "condition": list(conditions.values()),
            "n_rows": [int(hit.sum()) for hit in hits.values()],
        }
    )
    return Flag(
        name="impossible",
        rows=value > 0,
        value=value,
        rule=f"a combination that cannot be: {', '.join(conditions)}",
        source="Fellegi & Holt 1976",
        table=table,
    )


def flag_nonresponse(
    responses: Responses, *, share: float = 0.3, items: Sequence[str] | None = None
) -> Flag:
    """Rows that leave many of the questions unanswered that they were asked.

    Parameters
    ----------
    responses : Responses
        n rows.
    share : float
        Of the questions asked, from which it is many.
    items : sequence of str, optional
        By default all items of the codebook.

    Returns
    -------
    Flag
        Its value is the share of unanswered questions.
    """
    names = tuple(responses.codebook.items) if items is None else screened_items(responses, items)
    if not names:
        raise DataError(f"{responses.source}: there are no items to count answers of")
    asked, unanswered = np.zeros(len(responses.frame)), np.zeros(len(responses.frame))
    for name in names:
        here = responses.asked(name)
        blank = responses.frame[name].isna().to_numpy()
        asked += here
        unanswered += here & blank
    value = unanswered / np.where(asked > 0, asked, np.nan)
    return Flag(
        name="nonresponse",
        rows=np.nan_to_num(value) >= share,
        value=value,
        rule=f"{share:.0%} of the questions asked are unanswered",
        source="Groves & Couper 1998",
    )
