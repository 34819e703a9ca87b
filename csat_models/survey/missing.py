"""Which answers are missing, together and item by item, and Little's test.

A question that was not asked because of a filter is no missing answer: there
is nothing to fill in. Tables show the two apart, and whatever would fill in
refuses such a question.

References
----------
Little (1988), J. American Statistical Association 83:1198-1202, for the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.incomplete import (
    PatternSums,
    em_moments,
    mean_distance,
    require_converged,
)
from csat_models.survey.intake.responses import Responses

ANSWERED, UNANSWERED, NOT_ASKED = "1", "0", "-"


def missing_patterns(
    data: Responses | pd.DataFrame, items: Sequence[str] | None = None
) -> pd.DataFrame:
    """Count which answers are missing together.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows. Only responses know which questions were not asked.
    items : sequence of str, optional
        K columns; by default all items of the codebook, or all numeric
        columns of a data frame.

    Returns
    -------
    DataFrame
        One row a pattern, the most frequent first: ``pattern``, one sign an
        item (``1`` answered, ``0`` unanswered, ``-`` not asked);
        ``unanswered`` and ``not_asked``, tuples of items; ``n_obs``; and
        ``share`` of all n rows.

    Raises
    ------
    DataError
        An item that is not there.

    Examples
    --------
    >>> frame = pd.DataFrame({"S1": [1.0, 2.0, np.nan], "S2": [5.0, 4.0, 3.0]})
    >>> missing_patterns(frame)[["pattern", "unanswered", "n_obs"]].values.tolist()
    [['11', (), 2], ['01', ('S1',), 1]]
    """
    names = _names(data, items)
    signs = _signs(data, names)
    patterns, counts = np.unique(signs, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    rows = [
        {
            "pattern": "".join(patterns[k]),
            "unanswered": _having(names, patterns[k], UNANSWERED),
            "not_asked": _having(names, patterns[k], NOT_ASKED),
            "n_obs": int(counts[k]),
            "share": counts[k] / len(signs),
        }
        for k in order
    ]
    return pd.DataFrame(rows, columns=["pattern", "unanswered", "not_asked", "n_obs", "share"])


def missing_by_item(
    data: Responses | pd.DataFrame, items: Sequence[str] | None = None
) -> pd.DataFrame:
    """Count the answers that each item got and lacks.

    Parameters
    ----------
    data, items
        As in :func:`missing_patterns`.

    Returns
    -------
    DataFrame
        One row an item: ``item``, ``answered``, ``unanswered``,
        ``not_asked``, and ``share``, the unanswered among those who were
        asked (missing where nobody was).

    Raises
    ------
    DataError
        An item that is not there.

    Examples
    --------
    >>> frame = pd.DataFrame({"S1": [1.0, 2.0, np.nan, 4.0]})
    >>> missing_by_item(frame).loc[0, "share"].item()
    0.25
    """
    names = _names(data, items)
    signs = _signs(data, names)
    counts = {kind: (signs == kind).sum(axis=0) for kind in (ANSWERED, UNANSWERED, NOT_ASKED)}
    asked = counts[ANSWERED] + counts[UNANSWERED]
    return pd.DataFrame(
        {
            "item": list(names),
            "answered": counts[ANSWERED],
            "unanswered": counts[UNANSWERED],
            "not_asked": counts[NOT_ASKED],
            "share": counts[UNANSWERED] / np.where(asked > 0, asked, np.nan),
        }
    )


def missing_by_segment(
    data: Responses | pd.DataFrame, by: Sequence[str], items: Sequence[str] | None = None
) -> pd.DataFrame:
    """Count the answers that each item lacks in segments, such as cities or groups.

    Parameters
    ----------
    data, items
        As in :func:`missing_patterns`.
    by : sequence of str
        Columns whose combinations are the segments; rows without one of them
        are left out.

    Returns
    -------
    DataFrame
        One row a segment and item: the columns of `by`, ``item``, ``asked``,
        ``unanswered``, ``not_asked``, and ``share``, the unanswered among
        those who were asked (missing where nobody was).

    Raises
    ------
    DataError
        An item or a column that is not there.

    Examples
    --------
    >>> frame = pd.DataFrame({"city": ["a", "a", "b"], "S1": [1.0, np.nan, 2.0]})
    >>> missing_by_segment(frame, ["city"])[["city", "share"]].values.tolist()
    [['a', 0.5], ['b', 0.0]]
    """
    frame = _frame(data)
    absent = [name for name in by if name not in frame.columns]
    if absent or not by:
        raise DataError(
            f"the data have no column '{absent[0]}' of segments; name another"
            if absent
            else "there is no column to make segments of; give 'by' at least one",
            column=absent[0] if absent else None,
        )
    names = _names(data, items)
    signs = _signs(data, names)
    keys = [frame[name].reset_index(drop=True) for name in by]
    counts = []
    for kind in (ANSWERED, UNANSWERED, NOT_ASKED):
        here = pd.DataFrame(signs == kind, columns=pd.Index(names, name="item"))
        counts.append(here.groupby(keys, observed=True).sum().stack())
    answered, unanswered, not_asked = counts
    asked = answered + unanswered
    table = pd.DataFrame({"asked": asked, "unanswered": unanswered, "not_asked": not_asked})
    table["share"] = table["unanswered"] / table["asked"].where(table["asked"] > 0)
    return table.reset_index()


@dataclass(frozen=True, slots=True, kw_only=True)
class LittleTest:
    """Little's test that answers are missing completely at random.

    Attributes
    ----------
    statistic : float
    degrees_of_freedom : int
    p_value : float
        Missing where there is only one pattern, so nothing to compare.
    n_patterns : int
        Patterns with at least one answer.
    n_obs : int
        Rows with at least one answer.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    n_patterns: int
    n_obs: int


def little_test(data: Responses | pd.DataFrame, items: Sequence[str] | None = None) -> LittleTest:
    r"""Test whether answers are missing completely at random.

    .. math::
        d^2 = \sum_p n_p (\bar x_p - \mu)_o' \Sigma_{oo}^{-1} (\bar x_p - \mu)_o

    with the maximum-likelihood :math:`\mu` and :math:`\Sigma` (divisor n, as R's
    naniar and missr) of :func:`~csat_models.survey.incomplete.em_moments`;
    under the hypothesis asymptotically chi-squared with :math:`\sum_p k_p - K`
    degrees of freedom. A small p-value says that means differ between
    patterns. Survey weights do not enter.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows.
    items : sequence of str, optional
        K columns; by default all items of the codebook that everybody is
        asked, or all numeric columns of a data frame.

    Raises
    ------
    DataError
        An item that is not there, or an item that some were not asked.
    InadmissibleError
        An item without answers or variance, or collinear items.
    ConvergenceError
        The EM algorithm did not converge.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> frame = pd.DataFrame(generator.normal(size=(200, 2)), columns=["a", "b"])
    >>> frame.loc[frame["a"] > 0.8, "b"] = np.nan
    >>> little_test(frame).p_value < 0.001
    True
    """
    from scipy.special import chdtrc

    names = _names(data, items)
    if items is None and isinstance(data, Responses):
        names = tuple(name for name in names if data.codebook.items[name].filter is None)
    require_asked(data, names)
    values = _frame(data)[list(names)].to_numpy(dtype=np.float64)
    sums, found = PatternSums.of(values), require_converged(em_moments(values, items=names))
    statistic = mean_distance(sums, found.mean, found.cov)
    freedom = int(sums.answered.sum()) - len(names)
    return LittleTest(
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=float(chdtrc(freedom, statistic)) if freedom > 0 else float("nan"),
        n_patterns=len(sums.rows),
        n_obs=int(sums.rows.sum()),
    )


def require_asked(data: Responses | pd.DataFrame, items: Sequence[str]) -> None:
    """Refuse items that some respondents were not asked.

    Raises
    ------
    DataError
        Such an item: its answers cannot be filled in.
    """
    if not isinstance(data, Responses):
        return
    for item in (name for name in items if name in data.codebook.items):
        silent = ~data.asked(item) & data.frame[item].isna().to_numpy()
        if silent.any():
            text = data.codebook.items[item].filter
            raise DataError(
                f"{data.source}: item '{item}' was asked only where {text}, not of "
                f"{silent.sum()} of {len(silent)} respondents, and what was not asked cannot be "
                "filled in; leave it out, or analyse only those who were asked with "
                "missing='listwise'",
                source=data.source,
                item=item,
                filter=text,
            )


def _frame(data: Responses | pd.DataFrame) -> pd.DataFrame:
    return data.frame if isinstance(data, Responses) else data


def _names(data: Responses | pd.DataFrame, items: Sequence[str] | None) -> tuple[str, ...]:
    if isinstance(data, Responses):
        known = tuple(data.codebook.items)
    else:
        known = tuple(data.select_dtypes("number").columns)
    absent = [name for name in items or () if name not in known]
    if absent:
        raise DataError(
            f"the data have no item '{absent[0]}'; they have {', '.join(map(str, known))}",
            item=absent[0],
        )
    return known if items is None else tuple(items)


def _signs(data: Responses | pd.DataFrame, names: Sequence[str]) -> NDArray[np.str_]:
    """How each respondent stands to each item, (n, K)."""
    known = _frame(data)[list(names)].notna().to_numpy()
    asked = np.ones_like(known)
    if isinstance(data, Responses):
        for column, name in enumerate(names):
            asked[:, column] = data.asked(name)
    return np.where(known, ANSWERED, np.where(asked, UNANSWERED, NOT_ASKED))


def _having(names: Sequence[str], pattern: NDArray[np.str_], sign: str) -> tuple[str, ...]:
    return tuple(name for name, here in zip(names, pattern, strict=True) if here == sign)
