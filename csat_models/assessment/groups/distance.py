"""Do groups differ in any path: one test of all at once.

References
----------
Klesel, Schuberth, Henseler and Niehaves (2019), A test for multigroup
comparison using partial least squares path modeling, Internet Research 29,
464-477.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import xarray as xr

from csat_models.assessment.groups.pairs import pair_differences
from csat_models.estimation import (
    Settings,
    compute_moments,
    fit_moments,
    permutation_p_value,
    permute_groups,
)
from csat_models.model import PathModel
from csat_models.survey import Responses


def distance_test(
    data: Responses | pd.DataFrame,
    model: PathModel,
    *,
    group: str,
    n_permutations: int = 1000,
    seed: int,
    settings: Settings | None = None,
    **how: Any,
) -> pd.DataFrame:
    r"""Test at once whether any path differs between any groups.

    The statistic is the mean squared difference of the groups' path
    coefficients over all pairs; its p-value the share of permuted groups with
    one at least as large. One test, whatever the number of paths and groups.

    Parameters
    ----------
    data, model, group, n_permutations, seed, settings, **how
        See :func:`~csat_models.assessment.groups.multigroup.compare_groups`.

    Returns
    -------
    DataFrame
        One row: ``distance``, ``critical`` (95 % of permuted groups are
        below), ``p_value``, ``n_permutations``.

    Raises
    ------
    DataError
        No such column, or fewer than two groups.
    """
    settings, within = settings or Settings(), how.pop("within", ())
    whole = fit_moments(compute_moments(data, items=model.items, **how), model, settings)
    observed = compute_moments(data, items=model.items, by=[group], **how)
    shuffled = permute_groups(
        data,
        group=group,
        items=model.items,
        n_permutations=n_permutations,
        seed=seed,
        within=within,
        **how,
    )
    fitted = [
        fit_moments(each, model, settings, orientation=whole) for each in (observed, shuffled)
    ]
    return distance_table(*(each.paths for each in fitted), over=group)


def distance_table(paths: xr.DataArray, permuted: xr.DataArray, *, over: str) -> pd.DataFrame:
    """Return :func:`distance_test` from the path coefficients of the groups.

    Parameters
    ----------
    paths : DataArray (over, source, target)
    permuted : DataArray (permutation, over, source, target)
    over : str
        The dimension of the groups.
    """
    n_paths = int((paths != 0).any(over).sum())  # where the model has no path, there is a 0
    observed, every = (_distance(each, over, n_paths) for each in (paths, permuted))
    known = every.dropna("permutation")
    p = permutation_p_value(known, observed, side="greater")
    return pd.DataFrame(
        {
            "distance": [observed.item()],
            "critical": [known.quantile(0.95).item()],
            "p_value": [p.item()],
            "n_permutations": [known.sizes["permutation"]],
        }
    )


def _distance(paths: xr.DataArray, over: str, n_paths: int) -> xr.DataArray:
    squares: xr.DataArray = pair_differences(paths, over) ** 2
    total: xr.DataArray = squares.sum(["source", "target", "pair"], skipna=False)
    return total / (n_paths * squares.sizes["pair"])
