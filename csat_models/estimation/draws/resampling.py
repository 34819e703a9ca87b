"""The bootstrap as moments with a ``draw`` dimension.

Whatever is computed from moments then has draws as well. Cells are strata: a
cell keeps its number of rows and its total weight in every draw, so that
merged cells keep their shares.

What is drawn, is one of three, and the estimates' ``settings.draws`` says so:

rows
    Respondents, persons or sampling units, one by one.
parts
    Random groups of them, about 2,000 in a cell. Draws then cost one pass over
    the rows, however many there are. Standard errors are those of drawing
    rows, with a relative error of ``1 / sqrt(2 G)`` for G parts: 1.6 %, as
    large as the Monte-Carlo error of 2,000 draws. This is the default from
    more than 20,000 rows in a cell; ``parts=0`` draws rows of any number.
normal theory
    Nothing but the moments themselves, where there are no rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np
import pandas as pd

from csat_models.estimation.chunks import in_chunks
from csat_models.estimation.draws.failures import (
    MAX_FAILED_SHARE,
    check_share,
    require_usable_draws,
)
from csat_models.estimation.draws.merging import merged_draws
from csat_models.estimation.draws.reduction import DrawStatistics, Statistic, draw_statistics
from csat_models.estimation.draws.sources import DrawPlan, Source, plan_draws
from csat_models.estimation.draws.whole import fit_whole
from csat_models.estimation.estimates import Estimates, fit_moments
from csat_models.estimation.moments import Moments
from csat_models.estimation.products import add_product_items
from csat_models.estimation.refusals import require_whole
from csat_models.estimation.sample import Missing
from csat_models.estimation.settings import Method, OnInadmissible, Scheme
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel
from csat_models.model.spec import require_model
from csat_models.survey import Responses

__all__ = ["bootstrap", "bootstrap_moments", "merged_draws", "resample_cells"]


def resample_cells(data: Source, **how: Any) -> Iterator[tuple[dict[str, Any], Moments]]:
    """Resample one cell after the other, for what does not fit into memory at once.

    Parameters
    ----------
    data, **how
        As in :func:`bootstrap_moments`.

    Yields
    ------
    labels : dict
        Value of each grouping column.
    moments : Moments
        With dimensions ``(draw, item)`` and ``(draw, item, item_2)``.
    """
    plan = plan_draws(data, **how)
    for cell in plan.each_cell():
        pairs = zip(plan.coords.items(), cell.cell, strict=True)
        labels = {name: values[k] for (name, values), k in pairs}
        mean, cov = cell.take(slice(0, plan.n_boot))
        yield labels, plan.label(mean, cov, (), np.asarray(cell.sizes))


@single_threaded
def bootstrap_moments(
    data: Source,
    *,
    n_boot: int,
    seed: int,
    by: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    ordinal: bool = False,
    persons: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    parts: int | None = None,
) -> Moments:
    """Moments of every draw of every cell.

    Parameters
    ----------
    data : Responses, DataFrame, SampleParts or Moments
        Rows; the sums of their parts
        (:func:`~csat_models.estimation.draws.streaming.compute_parts`,
        :func:`~csat_models.estimation.draws.streaming.stream_parts`); or
        moments, drawn from by normal theory, see
        :mod:`~csat_models.estimation.draws.normal_theory`.
    n_boot : int
        Draws, at least one.
    seed : int
        From 0 on.
    by, items, missing, sampling_weights, ordinal
        As in :func:`~csat_models.estimation.row_moments.compute_moments`.
    persons : str, optional
        Column of respondent ids, to resample persons instead of rows; by
        default the codebook's, where it declares one.
    strata, clusters : str, optional
        Columns of the sampling design: strata, and the sampling units within
        them (by default persons, or rows). Units are then drawn by the
        rescaled bootstrap; see
        :class:`~csat_models.estimation.draws.designs.Design`.
    parts : int, optional
        Draw so many random groups of rows in each cell and stratum instead
        of rows; persons and clusters stay whole. By default rows, and 2,000
        parts where a cell has more than 20,000 rows; 0 draws rows whatever
        their number.

    Returns
    -------
    Moments
        With dimensions ``(draw, *by, item)``. A combination of `by` without
        rows is missing. The attribute ``draws`` of the arrays tells what was
        drawn: ``"rows"``, ``"parts"`` or ``"normal theory"``.

    Raises
    ------
    DataError
        A column that is not there; rows without a respondent id; no draws or
        no seed; parts or moments that were taken otherwise than asked here;
        moments of too small a sample.
    """
    plan = plan_draws(
        data,
        n_boot=n_boot,
        seed=seed,
        by=by,
        items=items,
        missing=missing,
        sampling_weights=sampling_weights,
        ordinal=ordinal,
        persons=persons,
        strata=strata,
        clusters=clusters,
        parts=parts,
    )
    return _collect(plan)


def _collect(plan: DrawPlan) -> Moments:
    """Hold the draws of all cells."""
    shape, n_items = (plan.n_boot, *plan.shape), len(plan.header.items)
    mean = np.full((*shape, n_items), np.nan)
    cov = np.full((*shape, n_items, n_items), np.nan)
    for cell in plan.each_cell():
        here: tuple[Any, ...] = (slice(None), *cell.cell)
        mean[here], cov[here] = cell.take(slice(0, plan.n_boot))
    return plan.label(mean, cov, list(plan.coords), plan.sizes)


@overload
def bootstrap(
    data: Source, model: PathModel, *, seed: int, statistics: None = None, **how: Any
) -> Estimates: ...


@overload
def bootstrap(
    data: Source, model: PathModel, *, seed: int, statistics: Sequence[Statistic], **how: Any
) -> DrawStatistics: ...


def bootstrap(
    data: Source,
    model: PathModel,
    *,
    n_boot: int = 2000,
    seed: int,
    method: Method = "pls",
    scheme: Scheme = "path",
    standardised: bool = True,
    on_inadmissible: OnInadmissible = "raise",
    by: Sequence[str] = (),
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    ordinal: bool = False,
    persons: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    parts: int | None = None,
    statistics: Sequence[Statistic] | None = None,
    max_failed_share: float = MAX_FAILED_SHARE,
    point: Estimates | None = None,
    **settings: Any,
) -> Estimates | DrawStatistics:
    r"""Fit `model` to every bootstrap draw.

    Parameters
    ----------
    data : Responses, DataFrame, SampleParts or Moments
        As in :func:`bootstrap_moments`. Products of items that interactions
        need are added to rows.
    model : PathModel
    n_boot : int
        Draws.
    seed : int
        The same seed gives the same draws, on any number of cores.
    method, scheme, standardised, on_inadmissible, **settings
        See :func:`~csat_models.estimation.estimates.fit`. Inadmissible draws
        keep their numbers and are marked; unless
        ``on_inadmissible="keep"``, they count as failed.
    by, missing, sampling_weights, ordinal, persons, strata, clusters, parts
        See :func:`bootstrap_moments`.
    statistics : sequence of callable or str, optional
        Functions of estimates, such as ``csat.htmt``, or names of their
        arrays, such as ``"paths"``. Draws are then made, fitted and evaluated
        chunk by chunk, and only the results are kept: memory does not grow
        with the number of draws and cells.
    max_failed_share : float
        With more than this share of failed draws an error is raised: what
        remains would tell of those samples only in which nothing fails.
    point : Estimates, optional
        The estimate whose signs and settings the draws follow; by default
        the fit to all of `data`.

    Returns
    -------
    Estimates or DrawStatistics
        With leading dimension ``draw``. A draw that failed is missing and
        has ``converged`` False. ``settings.draws`` tells what was drawn. With
        `statistics`, a mapping of their names to their draws.

    Raises
    ------
    DataError
        As of :func:`bootstrap_moments`; a `point` that is no estimate of one sample, or
        of another model.
    InadmissibleError, ConvergenceError
        The sample itself, or too many draws, cannot be estimated.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> common = generator.normal(size=(200, 1))
    >>> frame = pd.DataFrame(common + generator.normal(size=(200, 4)), columns=list("abcd"))
    >>> model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    >>> draws = bootstrap(frame, model, n_boot=100, seed=1)
    >>> draws.paths.sizes["draw"], bool(draws.converged.all())
    (100, True)
    >>> from csat_models import total_effects
    >>> kept = bootstrap(frame, model, n_boot=100, seed=1, statistics=[total_effects])
    >>> kept["total_effects"].dims
    ('draw', 'source', 'target')
    """
    check_share(max_failed_share)
    require_model(model)
    require_whole("point", point, model)
    ready = add_product_items(data, model) if isinstance(data, Responses | pd.DataFrame) else data
    rows: dict[str, Any] = {"missing": missing, "sampling_weights": sampling_weights}
    rows |= {"ordinal": True} if ordinal else {}
    if point is None:
        how = {"method": method, "scheme": scheme, "standardised": standardised}
        settings |= how | {"on_inadmissible": on_inadmissible}
        point = fit_whole(ready, model, rows, settings)
    plan = plan_draws(
        ready,
        n_boot=n_boot,
        seed=seed,
        by=by,
        items=model.items,
        persons=persons,
        strata=strata,
        clusters=clusters,
        parts=parts,
        products=model.products,
        **rows,
    )
    used = replace(point.settings, draws=plan.draws)
    if statistics is not None:
        return draw_statistics(
            plan, model, point, used, statistics=statistics, max_failed_share=max_failed_share
        )
    moments = _collect(plan)
    draws = in_chunks(moments, lambda some: fit_moments(some, model, used, orientation=point))
    require_usable_draws(draws, max_failed_share)
    return draws
