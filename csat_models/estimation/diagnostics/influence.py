r"""How much each respondent moves an estimate.

The sample is estimated without each of its respondents at once
(:mod:`csat_models.estimation.draws.jackknifing`), so that any statistic has
the change that each one makes, and this change in standard errors, as DFBETAS
of a regression.

References
----------
Belsley, Kuh and Welsch (1980), Regression Diagnostics, chapter 2, for DFBETAS
and their bound; Efron (1992), Jackknife-after-bootstrap standard errors and
influence functions, J. Royal Statistical Society B 54, 83-127.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.draws.jackknifing import Partition, jackknife
from csat_models.estimation.draws.leave_outs import jackknife_standard_error
from csat_models.estimation.estimates import Estimates, fit, fit_moments
from csat_models.estimation.moments import Moments
from csat_models.estimation.persons import person_names, persons_column
from csat_models.estimation.refusals import require_whole
from csat_models.estimation.row_moments import compute_moments
from csat_models.model import PathModel
from csat_models.survey import Responses

# Up to so many respondents, each is left out by itself.
MOST_RESPONDENTS = 20_000


def influence(
    data: Responses | pd.DataFrame,
    model: PathModel,
    statistic: Callable[[Estimates], xr.DataArray] = lambda estimates: estimates.paths,
    *,
    point: Estimates | None = None,
    persons: str | None = None,
    n_parts: int = MOST_RESPONDENTS,
    seed: int = 0,
    **how: Any,
) -> xr.Dataset:
    r"""Change of a statistic when each respondent is left out.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows.
    model : PathModel
    statistic : callable, optional
        From estimates with leading dimensions to the statistic with these
        dimensions, such as ``csat_models.satisfaction_index``; by default the
        paths.
    point : Estimates, optional
        The estimate of all of `data`, whose settings and signs are used; by
        default the fit with the default settings.
    persons : str, optional
        Column of respondent ids, to leave out all rows of a person together;
        by default the codebook's, where it declares one.
    n_parts, seed
        With more respondents than `n_parts`, random groups of them are left
        out, named "group 1", "group 2", ...
    **how
        ``by``, ``missing``, ``sampling_weights`` and ``ordinal``, as of
        :func:`~csat_models.estimation.row_moments.compute_moments`.

    Returns
    -------
    Dataset
        ``change`` (part, ...), the statistic of all less that without the
        part; ``standardised`` (part, ...), the change over the jackknife
        standard error; and ``part_of_row`` (row), the part that holds each
        row. Parts are named by the row's label in the data frame, by its
        number in the survey file, or by the person. Missing where what
        remains has no estimate.

    Raises
    ------
    DataError
        Moments instead of rows, or a column that is not there.

    Examples
    --------
    >>> frame = pd.DataFrame({"s": [1.0, 2, 3, 4, 9], "l": [2.0, 1, 4, 3, -9]}, index=list("abcde"))
    >>> found = influence(frame, PathModel.parse("S =~ s\nL =~ l\nL ~ S"))
    >>> abs(found.standardised.sel(source="S", target="L")).idxmax("part").item()
    'e'
    """
    _require_rows(data)
    require_whole("point", point, model)
    rows = {name: how[name] for name in ("missing", "sampling_weights", "ordinal") if name in how}
    point = fit(data, model, **rows) if point is None else point
    moments = compute_moments(data, items=model.items, by=how.get("by", ()), **rows)
    whole = fit_moments(moments, model, point.settings, orientation=point)
    divided = {"persons": persons, "n_parts": n_parts, "seed": seed, **how}
    left = statistic(jackknife(data, model, point=point, **divided))
    plan = Partition.of(data, items=model.items, **divided)
    names = _name_parts(data, plan, persons)
    change = (statistic(whole) - left).transpose("part", ...)
    return xr.Dataset(
        {
            "change": change,
            "standardised": _standardise(change, left),
            "part_of_row": ("row", [names[k] if k >= 0 else None for k in plan.part]),
        }
    ).assign_coords(part=names, row=_row_labels(data, plan))


def influential(found: xr.Dataset, bound: float | None = None) -> pd.DataFrame:
    r"""Table of the respondents that move a statistic most.

    Parameters
    ----------
    found : Dataset
        From :func:`influence`.
    bound : float, optional
        Smallest standardised change that is listed, by default the usual
        :math:`2 / \sqrt P` of P respondents. About one in twenty passes it
        without being peculiar: look at the first, not at how many there are.

    Returns
    -------
    DataFrame
        One row a respondent and statistic, the largest first: ``part``, a
        column for each dimension of the statistic, ``change`` and
        ``standardised``.

    Examples
    --------
    >>> frame = pd.DataFrame({"s": [1.0, 2, 3, 4, 9], "l": [2.0, 1, 4, 3, -9]}, index=list("abcde"))
    >>> model = PathModel.parse("S =~ s\nL =~ l\nL ~ S")
    >>> influential(influence(frame, model))["part"].tolist()
    ['e']
    """
    bound = 2.0 / found.sizes["part"] ** 0.5 if bound is None else bound
    table = found[["change", "standardised"]].drop_vars("stratum", errors="ignore")
    rows = table.to_dataframe(dim_order=list(table["change"].dims)).reset_index()
    size = rows["standardised"].abs()
    listed = rows[size > bound].assign(size=size)
    return (
        listed.sort_values("size", ascending=False, kind="stable")
        .drop(columns="size")[[*map(str, table["change"].dims), "change", "standardised"]]
        .reset_index(drop=True)
    )


def _require_rows(data: object) -> None:
    if isinstance(data, Moments):
        raise DataError(
            "influence needs the answers of respondents, and moments hold none; give the data "
            "frame or the responses"
        )


def _standardise(change: xr.DataArray, left: xr.DataArray) -> xr.DataArray:
    """Divide changes by the jackknife standard error; 0 of a statistic that does not vary."""
    error = jackknife_standard_error(left)
    ratio = change / error.where(error > 0, 1.0)
    return ratio.transpose(*change.dims)


def _name_parts(
    data: Responses | pd.DataFrame, plan: Partition, persons: str | None
) -> NDArray[np.object_]:
    """Name each part by its row or person; a group of several respondents by its number."""
    column = persons_column(data, persons)
    labels = _row_labels(data, plan)
    if column is not None:
        labels = np.array(person_names(plan.sample.rows, column), dtype=object)
    names = np.array([f"group {k + 1}" for k in range(len(plan.stratum))], dtype=object)
    used = plan.part >= 0
    table = pd.DataFrame({"part": plan.part[used], "label": labels[used]})
    alone = table.groupby("part")["label"].agg(["first", "nunique"])
    single = alone["nunique"].to_numpy() == 1
    names[alone.index.to_numpy()[single]] = alone["first"].to_numpy()[single]
    return names


def _row_labels(data: Responses | pd.DataFrame, plan: Partition) -> NDArray[Any]:
    rows = plan.sample.rows.index
    if isinstance(data, Responses):
        return np.asarray(data.row_numbers)[data.frame.index.get_indexer(rows)]
    return rows.to_numpy()
