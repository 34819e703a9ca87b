"""What to improve first: importance against performance, with uncertainty on both axes.

References
----------
Martilla and James (1977), Importance-performance analysis, Journal of
Marketing 41, 77-79. Ringle and Sarstedt (2016), Gain more insight from your
PLS-SEM results: the importance-performance map analysis, Industrial
Management & Data Systems 116, 1865-1886.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from numbers import Real
from typing import Literal, get_args

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.analysis.index import index_impact, satisfaction_index, weight_shares
from csat_models.errors import DataError, ModelError
from csat_models.estimation import Estimates, Moments, interval

Level = Literal["construct", "item"]

QUADRANTS = ("concentrate", "keep_up", "low_priority", "possible_overkill")
"""Important and poor, important and good, unimportant and poor, unimportant and good."""


def importance(estimates: Estimates, target: str) -> xr.DataArray:
    r"""Points by which the index of `target` moves when a construct's moves by one.

    The unstandardised total effect, between indices from 0 to 100.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.
    target : str

    Returns
    -------
    DataArray (..., construct)
        Of the constructs with a directed way to `target`, in model order.

    Raises
    ------
    ModelError
        No such construct, or nothing acts on it.

    Examples
    --------
    >>> from csat_models import PathModel, fit
    >>> model = PathModel.parse("A =~ a\nB =~ b\nB ~ A")
    >>> moments = Moments.from_table(
    ...     items="ab", mean=[5, 5], cov=[[1, 1], [1, 4]], n_obs=99)
    >>> importance(fit(moments, model), "B").round(6).values.tolist()
    [1.0]
    """
    acting = ancestors(estimates, target)
    effects = index_impact(estimates, 1.0).sel(target=target, source=acting, drop=True)
    return effects.rename(source="construct")


def item_importance(estimates: Estimates, target: str, *, own_items: bool = True) -> xr.DataArray:
    """Points by which the index of `target` moves when an item's 0-100 mean moves by one.

    The construct's importance times the item's share in its index; an item of
    `target` itself has its share.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.
    target : str
    own_items : bool
        Whether the items of `target` itself are among them.

    Returns
    -------
    DataArray (..., item)
        Of the items of `target` and of the constructs with a way to it.
    """
    model, shares = estimates.model, weight_shares(estimates)
    effects = importance(estimates, target)
    acting = effects["construct"].values.tolist()
    owned = {item: c.name for c in model.constructs for item in c.items}
    wanted = (*acting, target) if own_items else tuple(acting)
    items = [item for item in model.indicators if owned.get(item) in wanted]
    own = xr.DataArray(
        [1.0 if owned[item] == target else 0.0 for item in items], {"item": items}, "item"
    )
    by_item = effects.reindex(construct=[*acting, target], fill_value=0.0).sel(
        construct=xr.DataArray([owned[item] for item in items], {"item": items}, "item"), drop=True
    )
    found: xr.DataArray = (by_item + own) * shares.sel(item=items)
    return found.transpose(..., "item")


def item_performance(moments: Moments) -> xr.DataArray:
    """Item means on the scale from 0 to 100, (..., item)."""
    span = moments.scale_max - moments.scale_min
    scaled: xr.DataArray = 100.0 * (moments.mean - moments.scale_min) / span
    return scaled


def ancestors(estimates: Estimates, target: str) -> list[str]:
    """Return the constructs with a directed way to `target`, in model order."""
    model = estimates.model
    model.construct(target)
    found: set[str] = set()
    front = set(model.predecessors(target))
    while front:
        found |= front
        front = {name for each in front for name in model.predecessors(each)} - found
    if not found:
        raise ModelError(
            f"no path leads to '{target}', so that nothing has importance for it; "
            "choose a construct that others act on",
            construct=target,
        )
    return [name for name in model.construct_names if name in found]


def quadrant(
    importance: xr.DataArray,
    performance: xr.DataArray,
    *,
    over: str,
    cuts: tuple[float, float] | None = None,
) -> xr.DataArray:
    """Place every member of a map in its quadrant.

    Parameters
    ----------
    importance, performance : DataArray (..., over)
    over : str
        The dimension of the members, such as ``"construct"``.
    cuts : (float, float), optional
        Where importance and performance divide; by default the means over the
        members, in each draw its own.

    Returns
    -------
    DataArray (..., over)
        Position in :data:`QUADRANTS`; -1 where a value is missing.

    Raises
    ------
    DataError
        Cuts that are not two numbers.
    """
    if cuts is not None:
        _require_cuts(cuts)
    first, second = xr.align(importance, performance, join="exact", copy=False)
    cut_x, cut_y = cuts if cuts is not None else (first.mean(over), second.mean(over))
    unimportant, good = (first < cut_x).astype(int), (second >= cut_y).astype(int)
    place = (2 * unimportant + good).where(first.notnull() & second.notnull(), -1)
    return place.astype(np.int64).transpose(..., over)


def priority_map(
    estimates: Estimates,
    draws: Estimates,
    target: str,
    *,
    members: Level = "construct",
    level: float = 0.95,
    cuts: tuple[float, float] | None = None,
    leave_out: Sequence[str] = (),
) -> pd.DataFrame:
    """Map importance against performance of what acts on a construct.

    The items of the construct itself are not among the members: they would
    move the quadrants' borders, and improving them is what is asked how.

    Parameters
    ----------
    estimates, draws : Estimates
        Of one sample, and of its draws.
    target : str
        The construct to improve.
    members : {"construct", "item"}
    level : float
        Confidence level of the intervals of both axes.
    cuts : (float, float), optional
        See :func:`quadrant`.
    leave_out : sequence of str
        Members that are not shown, such as complaints whose index is no
        level of approval.

    Returns
    -------
    DataFrame
        The column `members`; ``importance`` and ``performance`` with
        ``_lower`` and ``_upper``; ``quadrant`` of the estimates (blank where an axis is
        missing), and for each of :data:`QUADRANTS` the share of draws in it,
        ``p_<quadrant>``.

    Raises
    ------
    DataError
        Other members, or cuts that are not two numbers.
    ModelError
        No such construct, or nothing acts on it.
    """
    if members not in get_args(Level):
        raise DataError(
            f"members='{members}' is unknown; write {' or '.join(get_args(Level))}", members=members
        )
    axes = {
        "importance": tuple(_importance(each, target, members) for each in (estimates, draws)),
        "performance": tuple(_performance(each, members) for each in (estimates, draws)),
    }
    names = [name for name in axes["importance"][0][members].values if name not in leave_out]
    chosen = {
        axis: tuple(part.sel({members: names}) for part in both) for axis, both in axes.items()
    }
    table = pd.DataFrame({members: names})
    for axis, (point, drawn) in chosen.items():
        found = interval(drawn, point=point, level=level)
        for part, suffix in (("estimate", ""), ("lower", "_lower"), ("upper", "_upper")):
            table[f"{axis}{suffix}"] = found[part].to_numpy()
    places = [
        quadrant(chosen["importance"][k], chosen["performance"][k], over=members, cuts=cuts)
        for k in (0, 1)
    ]
    table["quadrant"] = [(*QUADRANTS, "")[place] for place in places[0].to_numpy()]
    used = (places[1] >= 0).sum("draw")
    for number, name in enumerate(QUADRANTS):
        table[f"p_{name}"] = ((places[1] == number).sum("draw") / used).to_numpy()
    return table


def _require_cuts(cuts: object) -> None:
    if not isinstance(cuts, Sequence) or len(cuts) != 2 or not all(map(_is_number, cuts)):  # noqa: PLR2004
        raise DataError(
            f"cuts={cuts!r} are not two numbers; write where importance and performance divide, "
            "as (0.3, 75)",
            cuts=cuts,
        )


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and isfinite(value)


def _importance(estimates: Estimates, target: str, members: Level) -> xr.DataArray:
    if members == "construct":
        return importance(estimates, target)
    return item_importance(estimates, target, own_items=False)


def _performance(estimates: Estimates, members: Level) -> xr.DataArray:
    if members == "construct":
        return satisfaction_index(estimates)
    return item_performance(estimates.moments)
