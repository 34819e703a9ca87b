"""The bootstrap as moments with a ``draw`` dimension.

Whatever is computed from moments then has draws as well. Cells are strata: a
cell keeps its number of rows and its total weight in every draw, so that
merged cells keep their shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from csat_models.estimation.draws.cells import resampled_moments
from csat_models.estimation.draws.merging import merged_draws
from csat_models.estimation.draws.plan import Resample
from csat_models.estimation.estimates import Estimates, fit, fit_moments
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import Missing
from csat_models.estimation.settings import Method, Scheme
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel
from csat_models.survey import Responses

__all__ = ["bootstrap", "bootstrap_moments", "merged_draws", "resample_cells"]


def resample_cells(
    data: Responses | pd.DataFrame, **how: Any
) -> Iterator[tuple[dict[str, Any], Moments]]:
    """Resample one cell after the other, for what does not fit into memory at once.

    Parameters
    ----------
    data : Responses or DataFrame
    **how
        As in :func:`bootstrap_moments`.

    Yields
    ------
    labels : dict
        Value of each grouping column.
    moments : Moments
        With dimensions ``(draw, item)`` and ``(draw, item, item_2)``.
    """
    plan = Resample.of(data, **how)
    sizes = plan.sizes()
    for cell, rows, counts in plan.cells:
        mean, cov = resampled_moments(plan.sample.values[rows], plan.sample.weights[rows], counts)
        pairs = zip(plan.groups.coords.items(), cell, strict=True)
        labels = {name: values[k] for (name, values), k in pairs}
        yield labels, plan.label(mean, cov, (), sizes[cell])


@single_threaded
def bootstrap_moments(
    data: Responses | pd.DataFrame,
    *,
    n_boot: int,
    seed: int,
    by: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    persons: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
) -> Moments:
    """Moments of every draw of every cell.

    Parameters
    ----------
    data : Responses or DataFrame
    n_boot : int
        Draws.
    seed : int
    by, items, missing, sampling_weights
        As in :func:`~csat_models.estimation.moments.compute_moments`.
    persons : str, optional
        Column of respondent ids, to resample persons instead of rows; by
        default the codebook's, where it declares one.
    strata, clusters : str, optional
        Columns of the sampling design: strata, and the sampling units within
        them (by default persons, or rows). Units are then drawn by the
        rescaled bootstrap; see
        :class:`~csat_models.estimation.draws.designs.Design`.

    Returns
    -------
    Moments
        With dimensions ``(draw, *by, item)``. A combination of `by` without
        rows is missing.

    Raises
    ------
    DataError
        A column that is not there.
    """
    plan = Resample.of(
        data,
        n_boot=n_boot,
        seed=seed,
        by=by,
        items=items,
        missing=missing,
        sampling_weights=sampling_weights,
        persons=persons,
        strata=strata,
        clusters=clusters,
    )
    shape, n_items = (n_boot, *plan.groups.shape), len(plan.sample.items)
    mean = np.full((n_boot, plan.groups.size, n_items), np.nan)
    cov = np.full((n_boot, plan.groups.size, n_items, n_items), np.nan)
    for cell, rows, counts in plan.cells:
        place = plan.groups.number(cell)
        values, weights = plan.sample.values[rows], plan.sample.weights[rows]
        mean[:, place], cov[:, place] = resampled_moments(values, weights, counts)
    mean, cov = mean.reshape((*shape, n_items)), cov.reshape((*shape, n_items, n_items))
    return plan.label(mean, cov, by, plan.sizes())


def bootstrap(
    data: Responses | pd.DataFrame,
    model: PathModel,
    *,
    n_boot: int = 2000,
    seed: int,
    method: Method = "pls",
    scheme: Scheme = "path",
    standardised: bool = True,
    by: Sequence[str] = (),
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    persons: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    point: Estimates | None = None,
) -> Estimates:
    r"""Fit `model` to every bootstrap draw.

    Parameters
    ----------
    data : Responses or DataFrame
    model : PathModel
    n_boot : int
        Draws.
    seed : int
        The same seed gives the same draws, on any number of cores.
    method, scheme, standardised
        See :func:`~csat_models.estimation.estimates.fit`.
    by, missing, sampling_weights, persons, strata, clusters
        See :func:`bootstrap_moments`.
    point : Estimates, optional
        The estimate whose signs and settings the draws follow; by default
        the fit to all of `data`.

    Returns
    -------
    Estimates
        With leading dimension ``draw``. A draw that failed is missing and
        has ``converged`` False.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> common = generator.normal(size=(200, 1))
    >>> frame = pd.DataFrame(common + generator.normal(size=(200, 4)), columns=list("abcd"))
    >>> model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    >>> draws = bootstrap(frame, model, n_boot=100, seed=1)
    >>> draws.paths.sizes["draw"], bool(draws.converged.all())
    (100, True)
    """
    if point is None:
        point = fit(
            data,
            model,
            method=method,
            scheme=scheme,
            standardised=standardised,
            missing=missing,
            sampling_weights=sampling_weights,
        )
    moments = bootstrap_moments(
        data,
        n_boot=n_boot,
        seed=seed,
        by=by,
        items=model.items,
        missing=missing,
        sampling_weights=sampling_weights,
        persons=persons,
        strata=strata,
        clusters=clusters,
    )
    return fit_moments(moments, model, point.settings, orientation=point)
