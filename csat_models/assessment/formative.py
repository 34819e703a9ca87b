"""Are formative blocks any good: collinearity, weights, and the global item.

References
----------
Hair, Risher, Sarstedt and Ringle (2019), When to use and how to report the
results of PLS-SEM, European Business Review 31, 2-24.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from csat_models.assessment.correlations import indicator_correlations, variance_inflation
from csat_models.errors import DataError, ModelError
from csat_models.estimation import Estimates, Moments, fit_moments, p_value
from csat_models.model import Construct, PathModel


def indicator_vif(estimates: Estimates) -> xr.DataArray:
    r"""Variance inflation of every item on the other items of its construct, (..., item).

    Missing for a single item. It matters where a block is formative (Mode B), whose weights
    are regression coefficients; in a reflective block high values are what one hopes for.
    Below 3 is good, from 5 weights are hardly to be told apart.

    References
    ----------
    Hair, Risher, Sarstedt and Ringle (2019), European Business Review 31, 2-24. seminr prints
    the same numbers for all blocks, cSEM for Mode B.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Q <~ q1 + q2\nS =~ s\nS ~ Q")
    >>> corr = [[1, .6, .5], [.6, 1, .5], [.5, .5, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 3, cov=corr, n_obs=99)
    >>> indicator_vif(fit(moments, model)).round(4).values.tolist()
    [1.5625, 1.5625, nan]
    """
    corr = indicator_correlations(estimates)
    values = np.full(estimates.weights.shape, np.nan)
    start = 0
    for construct in estimates.model.constructs:
        block = slice(start, start + len(construct.items))
        start = block.stop
        if len(construct.items) > 1:
            values[..., block] = variance_inflation(corr[..., block, block])
    return estimates.weights.copy(data=values)


def weight_p_values(draws: Estimates, *, point: Estimates) -> xr.DataArray:
    """Test whether each outer weight is 0, (..., item).

    An item of a formative block whose weight is not distinguishable from 0 may stay when its
    loading is .5 or more: it then matters by itself, if not beside the others.

    Parameters
    ----------
    draws : Estimates
        With dimension ``draw``.
    point : Estimates
        Of the sample.

    Returns
    -------
    DataArray
        Two-sided, in agreement with the percentile interval.

    References
    ----------
    Hair, Hult, Ringle and Sarstedt (2022), A Primer on PLS-SEM, chapter 5.
    """
    return p_value(draws.weights, point=point.weights)


def redundancy_analysis(
    moments: Moments, estimates: Estimates, *, global_items: Mapping[str, str]
) -> xr.DataArray:
    r"""Convergent validity of formative constructs: path to a global item, (..., construct).

    Each construct is estimated anew, by its own items and mode, as the only predecessor of a
    single item that asks for the whole of it ("all in all, how good is the image?"). In Mode B
    the path is the multiple correlation of the global item with the items. From .70 up, the
    items cover the construct; .70 stands for about half of the global item's variance.

    Parameters
    ----------
    moments : Moments
        Of at least the constructs' items and the global items, with any leading dimensions,
        such as the draws of :func:`~csat_models.estimation.bootstrap_moments`.
    estimates : Estimates
        For the model and its settings.
    global_items : mapping of str to str
        From construct to its global item.

    Returns
    -------
    DataArray (..., construct)
        Of the constructs that have a global item.

    Raises
    ------
    DataError
        A global item that is not among the moments.
    ModelError
        A global item that measures a construct, an unknown construct, or one of higher order.

    References
    ----------
    Chin (1998), The partial least squares approach to structural equation modeling; Hair,
    Risher, Sarstedt and Ringle (2019), European Business Review 31, 2-24, for .70.

    Examples
    --------
    >>> from csat_models import fit
    >>> model = PathModel.parse("Q <~ q1 + q2\nS =~ s\nS ~ Q")
    >>> corr = [[1, 0, .5, .6], [0, 1, .5, .6], [.5, .5, 1, .5], [.6, .6, .5, 1]]
    >>> moments = Moments.from_table(items=["q1", "q2", "s", "G"], mean=[7] * 4, cov=corr, n_obs=99)
    >>> found = redundancy_analysis(moments, fit(moments, model), global_items={"Q": "G"})
    >>> round(found.sel(construct="Q").item(), 4)
    0.8485
    """
    found = []
    for name, item in global_items.items():
        small = _global_model(estimates.model, name, item, moments)
        # The correction for measurement error would make the path what it asks for.
        settings = replace(estimates.settings, method="pls")
        alone = fit_moments(moments.select(small.items), small, settings)
        path = alone.paths.sel(source=name, target=small.construct_names[1], drop=True)
        found.append(path.expand_dims(construct=[name], axis=-1))
    if not found:
        raise DataError("redundancy analysis needs a global item; write global_items={...}")
    return xr.concat(found, dim="construct")


def _global_model(model: PathModel, name: str, item: str, moments: Moments) -> PathModel:
    """Model in which the construct `name` leads to the single item `item`."""
    construct = model.construct(name)
    if name in model.higher_order or name in model.products:
        raise ModelError(
            f"construct '{name}' is not measured by items, which redundancy analysis needs; "
            "give the global items of its dimensions",
            construct=name,
        )
    if item in model.items:
        raise ModelError(
            f"the global item '{item}' measures a construct of the model; redundancy analysis "
            "needs an item of its own",
            item=item,
        )
    if item not in moments.items:
        raise DataError(
            f"the moments have no global item '{item}'; add it to the items they are taken of",
            item=item,
        )
    target = Construct(name=f"{name} overall", items=(item,))
    return PathModel(constructs=(construct, target), paths=((name, target.name),))
