"""Do groups differ: path by path, and all paths at once.

References
----------
Chin and Dibbern (2010), An introduction to a permutation based procedure for
multi-group PLS analysis, Handbook of Partial Least Squares, 171-193. Henseler,
Ringle and Sinkovics (2009), The use of partial least squares path modeling in
international marketing, Advances in International Marketing 20, 277-319.
Schuirmann (1987), on two one-sided tests, Journal of Pharmacokinetics
and Biopharmaceutics 15, 657-680.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.assessment.groups.options import Options, without_empty_groups
from csat_models.assessment.groups.pairs import (
    Adjustment,
    adjusted_p_values,
    group_pairs,
    pair_differences,
)
from csat_models.errors import DataError
from csat_models.estimation import (
    Estimates,
    Settings,
    add_product_items,
    bootstrap,
    compute_moments,
    fit_moments,
    interval,
    p_value,
    permutation_p_value,
    permute_groups,
)
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.model import PathModel
from csat_models.survey import Responses

Array = NDArray[np.float64]
Statistic = Callable[[Estimates], xr.DataArray]
Method = Literal["permutation", "bootstrap", "henseler", "welch"]
METHODS: tuple[Method, ...] = ("permutation", "bootstrap", "henseler", "welch")
# A statistic that varies by less than this share of itself, or of 1, does not vary.
_ROUNDING = 1e-12

VERDICTS = ("different", "equivalent", "different_but_small", "undecided")


def _paths(estimates: Estimates) -> xr.DataArray:
    return estimates.paths


def compare_groups(
    data: Responses | pd.DataFrame,
    model: PathModel,
    *,
    group: str,
    statistic: Statistic = _paths,
    method: Method = "permutation",
    n_draws: int = 1000,
    seed: int,
    level: float = 0.95,
    adjust: Adjustment = "holm",
    margin: float = 0.1,
    settings: Settings | None = None,
    **how: Any,
) -> pd.DataFrame:
    r"""Test whether a statistic differs between every pair of groups.

    Parameters
    ----------
    data : Responses or DataFrame
    model : PathModel
    group : str
        Column of the groups, two or more.
    statistic : callable
        From estimates to an array with their leading dimensions; by default
        the path coefficients.
    method : {"permutation", "bootstrap", "henseler", "welch"}
        What p-values come from: permuted groups; the draws of the
        difference; Henseler's share of pairs of independent draws,
        two-sided; or Welch's t with bootstrap standard errors. Intervals are
        percentiles of the draws of the difference in each case.
    n_draws : int
        Draws, and permutations.
    seed : int
    level : float
        Confidence level.
    adjust : str
        For the number of comparisons, all of the table; see
        :func:`~csat_models.assessment.groups.pairs.adjusted_p_values`.
    margin : float
        Differences below it are too small to matter.
    settings : Settings, optional
        How the model is estimated.
    **how
        ``missing``, ``sampling_weights``; ``persons`` and ``clusters`` for draws and
        permutations, ``strata`` for the draws, ``within`` for the permutations.

    Returns
    -------
    DataFrame
        The statistic's labels, ``group``, ``group_2``, ``estimate`` (first
        less second), ``lower``, ``upper``, ``standard_error``, ``p_value``,
        ``p_adjusted`` and ``verdict``: ``different`` (adjusted p below one less
        the level), ``equivalent`` (the interval of level ``2 level - 1`` lies within
        `margin`: two one-sided tests), ``different_but_small`` (both) or
        ``undecided``.

    Raises
    ------
    DataError
        An unknown method, no such column, fewer than two groups, or an argument that is
        none.

    Examples
    --------
    >>> common = np.random.default_rng(1).normal(size=(200, 1))
    >>> noise = np.random.default_rng(2).normal(size=(200, 4))
    >>> frame = pd.DataFrame(common + noise, columns=list("abcd")).assign(brand=["x", "y"] * 100)
    >>> model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    >>> compare_groups(frame, model, group="brand", n_draws=99, seed=1)["verdict"].tolist()
    ['undecided']
    """
    _require_choices(method, margin)
    require_count("n_draws", n_draws)
    require_seed(seed)
    settings, options = settings or Settings(), Options.of(how, drawing=True)
    data, how = without_empty_groups(add_product_items(data, model), group), options.reading
    whole = fit_moments(compute_moments(data, items=model.items, **how), model, settings)
    moments = compute_moments(data, items=model.items, by=[group], **how)
    point = fit_moments(moments, model, settings, orientation=whole)
    draws = bootstrap(
        data, model, n_boot=n_draws, seed=seed, by=[group], point=whole, **options.drawing, **how
    )
    permuted = None
    if method == "permutation":
        shuffled = permute_groups(
            data,
            group=group,
            items=model.items,
            n_permutations=n_draws,
            seed=seed,
            **options.permuting,
            **how,
        )
        permuted = fit_moments(shuffled, model, settings, orientation=whole)
    return compare_draws(
        point,
        draws,
        permuted,
        over=group,
        statistic=statistic,
        method=method,
        level=level,
        adjust=adjust,
        margin=margin,
    )


def compare_draws(
    point: Estimates,
    draws: Estimates,
    permuted: Estimates | None = None,
    *,
    over: str,
    statistic: Statistic = _paths,
    method: Method = "bootstrap",
    level: float = 0.95,
    adjust: Adjustment = "holm",
    margin: float = 0.1,
) -> pd.DataFrame:
    """Return :func:`compare_groups` from estimates of the groups, such as brands or years.

    Parameters
    ----------
    point : Estimates (over, ...)
    draws : Estimates (draw, over, ...)
        Draws that go together keep the covariance of the groups.
    permuted : Estimates (permutation, over, ...), optional
        For ``method="permutation"``.
    over : str
        The dimension of the groups.
    statistic, method, level, adjust, margin
        See :func:`compare_groups`.
    """
    return compare_values(
        statistic(point),
        statistic(draws),
        None if permuted is None else statistic(permuted),
        over=over,
        method=method,
        level=level,
        adjust=adjust,
        margin=margin,
    )


def compare_values(
    values: xr.DataArray,
    drawn: xr.DataArray,
    permuted: xr.DataArray | None = None,
    *,
    over: str,
    method: Method = "bootstrap",
    level: float = 0.95,
    adjust: Adjustment = "holm",
    margin: float = 0.1,
) -> pd.DataFrame:
    """Return :func:`compare_groups` from a statistic of the groups.

    Parameters
    ----------
    values : DataArray (over, ...)
        In the order in which the groups are compared.
    drawn : DataArray (draw, over, ...)
    permuted : DataArray (permutation, over, ...), optional
        For ``method="permutation"``.
    over, method, level, adjust, margin
        See :func:`compare_draws`.

    Raises
    ------
    DataError
        As :func:`compare_groups`, or values that are no labelled arrays of groups.
    """
    _require_choices(method, margin)
    difference, differences = pair_differences(values, over), pair_differences(drawn, over)
    found = interval(differences, point=difference, level=level)
    narrow = interval(differences, point=difference, level=max(2 * level - 1, 0.01))
    varies = differences.std("draw") > _ROUNDING * np.maximum(abs(difference), 1.0)
    if method == "permutation":
        if permuted is None:
            raise DataError("method='permutation' needs the estimates of permuted groups")
        p = permutation_p_value(pair_differences(permuted, over), difference)
    elif method == "bootstrap":
        p = p_value(differences, point=difference)
    else:
        p = _from_groups(values, drawn, over, method)
    parts = xr.Dataset(
        {
            "estimate": difference,
            "lower": found.lower,
            "upper": found.upper,
            "standard_error": found.standard_error,
            "p_value": p,
            "inner_lower": narrow.lower,
            "inner_upper": narrow.upper,
        }
    ).where(varies)
    return _table(parts, 1.0 - level, adjust, margin)


def _require_choices(method: str, margin: object) -> None:
    if method not in METHODS:
        raise DataError(f"method='{method}' is unknown; write one of {', '.join(METHODS)}")
    if not isinstance(margin, Real) or not float(margin) >= 0:
        raise DataError(
            f"margin={margin!r} is no margin; write the size below which a difference does not "
            "matter, such as 0.1",
            margin=margin,
        )


def _table(parts: xr.Dataset, alpha: float, adjust: Adjustment, margin: float) -> pd.DataFrame:
    table = parts.to_dataframe().dropna(subset=["estimate"]).reset_index()
    table["p_adjusted"] = adjusted_p_values(table["p_value"], adjust)
    different = (table["p_adjusted"] < alpha).to_numpy()
    small = ((table["inner_lower"] > -margin) & (table["inner_upper"] < margin)).to_numpy()
    table["verdict"] = np.select(
        [different & small, different, small],
        ["different_but_small", "different", "equivalent"],
        "undecided",
    )
    names = ["estimate", "lower", "upper", "standard_error", "p_value", "p_adjusted", "verdict"]
    labels = [c for c in table.columns if c not in (*parts.data_vars, *names, "pair")]
    return table[[*labels, *names]]


def _from_groups(
    values: xr.DataArray, drawn: xr.DataArray, over: str, method: Method
) -> xr.DataArray:
    pattern = pair_differences(values, over)
    pairs = group_pairs(values[over].values.tolist())
    rest = [dim for dim in pattern.dims if dim != "pair"]
    point = values.transpose(over, *rest).to_numpy()
    draws = drawn.transpose("draw", over, *rest).to_numpy()
    test = henseler_p_value if method == "henseler" else _welch
    found = np.stack([test(point[[a, b]], draws[:, [a, b]]) for a, b in pairs], axis=-1)
    return pattern.copy(data=found)


def henseler_p_value(point: Array, draws: Array) -> Array:
    r"""Share of pairs of independent draws in which the order is reversed, two-sided.

    With draws b of two groups and their means, the one-sided p-value is the
    share of all pairs with :math:`2 \bar b_1 - b_1 \le 2 \bar b_2 - b_2`; the
    smaller of it and its complement is doubled, so that swapping the groups
    changes nothing.

    Parameters
    ----------
    point : array (2, ...)
        Not used but for its shape.
    draws : array (B, 2, ...)

    Returns
    -------
    array (...)
    """
    flat = draws.reshape((*draws.shape[:2], -1))
    found = np.full(flat.shape[-1], np.nan)
    for k, (first, second) in enumerate(flat.transpose(2, 1, 0)):
        one, other = first[np.isfinite(first)], second[np.isfinite(second)]
        if len(one) == 0 or len(other) == 0 or (np.ptp(one) == 0 and np.ptp(other) == 0):
            continue
        mirrored, rival = 2 * one.mean() - one, np.sort(2 * other.mean() - other)
        at_least = 1.0 - np.searchsorted(rival, mirrored, side="left").mean() / len(rival)
        found[k] = min(1.0, 2.0 * min(at_least, 1.0 - at_least))
    return found.reshape(point.shape[1:])


def _welch(point: Array, draws: Array) -> Array:
    from scipy.special import ndtr

    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(np.nanvar(draws, axis=0, ddof=1).sum(axis=0))
        z = np.abs(point[0] - point[1]) / error
    return np.asarray(2.0 * ndtr(-z))
