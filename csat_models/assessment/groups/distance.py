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

from csat_models.assessment.groups.options import Options, without_empty_groups
from csat_models.assessment.groups.pairs import pair_differences
from csat_models.errors import DataError
from csat_models.estimation import (
    Estimates,
    Settings,
    add_product_items,
    compute_moments,
    fit_moments,
    permutation_p_value,
    permute_groups,
)
from csat_models.estimation.whole_numbers import require_count, require_seed
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
        No such column, fewer than two groups, a group in which the model cannot be
        estimated, or an argument that is none.
    """
    require_count("n_permutations", n_permutations)
    require_seed(seed)
    settings, options = settings or Settings(), Options.of(how)
    data = without_empty_groups(add_product_items(data, model), group)
    how = {"items": model.items, **options.reading}
    whole = fit_moments(compute_moments(data, **how), model, settings)
    observed = compute_moments(data, by=[group], **how)
    shuffled = permute_groups(
        data,
        group=group,
        n_permutations=n_permutations,
        seed=seed,
        **options.permuting,
        **how,
    )
    fitted = [
        fit_moments(each, model, settings, orientation=whole) for each in (observed, shuffled)
    ]
    _require_estimated(fitted[0], group)
    return distance_table(*(each.paths for each in fitted), over=group)


def _require_estimated(groups: Estimates, over: str) -> None:
    unknown = groups.paths.isnull().any(["source", "target"])
    if unknown.any():
        label = groups.paths[over].values[unknown.to_numpy()][0]
        size = int(groups.moments.n_obs.sel({over: label}))
        raise DataError(
            f"the model cannot be estimated in the group '{label}' of '{over}', which has {size} "
            "respondents; merge it with another group or leave it out",
            group=label,
            n_obs=size,
        )


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
