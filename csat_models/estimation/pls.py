r"""The PLS path modelling algorithm on moments, for a whole batch at once.

Everything here is plain numpy with any number of samples in one leading
dimension; labels are put on in :mod:`csat_models.estimation.estimates`.

With :math:`S` the item correlations, :math:`w` the outer weights, and
:math:`j(k)` the construct of item :math:`k`, one iteration is

.. math::

   SW = S W, \quad C = W' S W, \quad E = E(C), \quad
   v_k = \sum_i (SW)_{ki} E_{i j(k)}, \quad
   w_j \leftarrow v_j \text{ (Mode A)}, \; S_{jj}^{-1} v_j \text{ (Mode B)}
   \text{ or } 1 \text{ (unit weights)},

each :math:`w_j` normalised to :math:`w_j' S_{jj} w_j = 1`. The inner weights
:math:`E` are signs (centroid), correlations (factorial), or regression
coefficients on predecessors and correlations with successors (path).

References
----------
Wold (1982), Soft modeling; Lohmoeller (1989), Latent Variable Path Modeling
with Partial Least Squares; Tenenhaus et al. (2005), CSDA 48, 159-205.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.regressions import SINGULAR, Regressions
from csat_models.estimation.sample import Array
from csat_models.estimation.settings import Scheme, Settings
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel

CHUNK_BYTES = 1 << 21

# Of so few samples all regressions are solved in one go.
FEW = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """A path model as arrays.

    Attributes
    ----------
    owner : array (K,) of int
        Construct of each item; items stand construct by construct.
    blocks : tuple of slice
        Items of each construct (J of them).
    membership : array (K, J)
        1 where an item belongs to a construct.
    adjacency : array (J, J)
        1 where a path leads from row to column.
    mode_b : tuple of int
        Constructs estimated in Mode B.
    unit_weighted : array (K,) of bool
        Items that all count the same in their construct; single items.
    reflective : array (J,) of bool
        Constructs of several items in Mode A.
    sources : tuple of arrays of int
        Predecessors of each construct.
    together, apart : tuple of Regressions
        Of all endogenous constructs: for few samples, whose regressions take
        less time than a call, and for many.
    """

    owner: NDArray[np.intp]
    blocks: tuple[slice, ...]
    membership: Array
    adjacency: Array
    mode_b: tuple[int, ...]
    unit_weighted: NDArray[np.bool_]
    reflective: NDArray[np.bool_]
    sources: tuple[NDArray[np.intp], ...]
    together: tuple[Regressions, ...]
    apart: tuple[Regressions, ...]

    @classmethod
    def of(cls, model: PathModel) -> Design:
        """Translate a model."""
        sizes = [len(construct.items) for construct in model.constructs]
        modes = np.array([construct.mode for construct in model.constructs])
        ends = np.cumsum(sizes)
        names = model.construct_names
        sources = tuple(np.flatnonzero(column) for column in model.adjacency.T)
        endogenous = [target for target, its in enumerate(sources) if len(its)]
        return cls(
            owner=np.repeat(np.arange(len(sizes)), sizes),
            blocks=tuple(slice(int(e - s), int(e)) for s, e in zip(sizes, ends, strict=True)),
            membership=model.membership,
            adjacency=model.adjacency,
            mode_b=tuple(names.index(name) for name in model.mode_b),
            unit_weighted=np.repeat((modes == "unit") | (np.array(sizes) == 1), sizes),
            reflective=(modes == "A") & (np.array(sizes) > 1),
            sources=sources,
            together=(Regressions.of(sources, endogenous),) if endogenous else (),
            apart=tuple(Regressions.of(sources, [target]) for target in endogenous),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighting:
    """Outer weights of a batch and what follows from them.

    Attributes
    ----------
    weights : array (B, K)
        Standardised outer weights, ``w_j' S_jj w_j = 1``.
    loadings : array (B, K)
        Correlation of each item with its construct.
    construct_corr : array (B, J, J)
        Correlations of the constructs.
    converged : array (B,) of bool
    iterations : array (B,) of int
    """

    weights: Array
    loadings: Array
    construct_corr: Array
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]


def without(weighting: Weighting, failed: NDArray[np.bool_]) -> Weighting:
    """Make the samples `failed`, (B,), missing and not converged."""
    return replace(
        weighting,
        weights=np.where(failed[:, None], np.nan, weighting.weights),
        loadings=np.where(failed[:, None], np.nan, weighting.loadings),
        construct_corr=np.where(failed[:, None, None], np.nan, weighting.construct_corr),
        converged=weighting.converged & ~failed,
    )


@single_threaded
def outer_weights(correlations: Array, design: Design, settings: Settings) -> Weighting:
    """Iterate the outer weights of every sample to convergence.

    Parameters
    ----------
    correlations : array (B, K, K)
        Item correlations; a sample that holds a NaN is not converged.
    design : Design
        The model.
    settings : Settings
        Scheme, tolerance and largest number of iterations.

    Returns
    -------
    Weighting
        Each sample iterated on its own: the batch equals a loop. A sample
        that has not converged has NaN results.
    """
    n_samples, n_items = correlations.shape[:2]
    out = _empty_weighting(n_samples, n_items, len(design.blocks))
    size = max(1, CHUNK_BYTES // (8 * n_items * n_items))
    for start in range(0, n_samples, size):
        _iterate_chunk(correlations[start : start + size], design, settings, start, out)
    return out


def _empty_weighting(n_samples: int, n_items: int, n_constructs: int) -> Weighting:
    return Weighting(
        weights=np.full((n_samples, n_items), np.nan),
        loadings=np.full((n_samples, n_items), np.nan),
        construct_corr=np.full((n_samples, n_constructs, n_constructs), np.nan),
        converged=np.zeros(n_samples, dtype=np.bool_),
        iterations=np.zeros(n_samples, dtype=np.int64),
    )


def _iterate_chunk(
    correlations: Array, design: Design, settings: Settings, start: int, out: Weighting
) -> None:
    usable = np.isfinite(correlations).all(axis=(1, 2))
    corr = correlations if usable.all() else correlations[usable]
    rows = np.flatnonzero(usable) + start
    inverses = _block_inverses(corr, design)
    ones: Array = np.ones(corr.shape[:2])
    weights, proxies, inner = _normalise(corr, ones, design)
    for iteration in range(1, settings.max_iterations + 1):
        if not len(rows):
            return
        target = _outer_target(proxies, inner_weights(inner, design, settings.scheme), design)
        target[:, design.unit_weighted] = 1.0
        moved, proxies, inner = _normalise(corr, _apply_modes(target, inverses), design)
        change = np.abs(moved - weights).max(axis=1)
        done, lost = change < settings.tolerance, np.isnan(change)
        weights = moved
        out.iterations[rows] = iteration
        if done.any() or lost.any():
            finished = rows[done]
            out.converged[finished] = True
            out.weights[finished] = weights[done]
            out.construct_corr[finished] = inner[done]
            out.loadings[finished] = _own_construct(proxies[done], design)
            going: NDArray[np.bool_] = ~(done | lost)
            rows, corr, weights = rows[going], corr[going], weights[going]
            proxies, inner = proxies[going], inner[going]
            inverses = {block: inverse[going] for block, inverse in inverses.items()}


def _own_construct(proxies: Array, design: Design) -> Array:
    """Pick each item's covariance with its own construct, (B, K, J) to (B, K)."""
    return proxies[:, np.arange(len(design.owner)), design.owner]


Inverses = dict[tuple[int, int], Array]


def _block_inverses(corr: Array, design: Design) -> Inverses:
    inverses: Inverses = {}
    for block in (design.blocks[j] for j in design.mode_b):
        values, vectors = np.linalg.eigh(corr[:, block, block])
        singular = values[:, 0] <= SINGULAR * values[:, -1]
        values[singular] = np.nan
        inverses[block.start, block.stop] = vectors / values[:, None] @ vectors.transpose(0, 2, 1)
    return inverses


def _apply_modes(target: Array, inverses: Inverses) -> Array:
    for (start, stop), inverse in inverses.items():
        target[:, start:stop] = np.einsum("bkl,bl->bk", inverse, target[:, start:stop])
    return target


def _normalise(corr: Array, weights: Array, design: Design) -> tuple[Array, Array, Array]:
    """Scale weights to unit variance; return them with S W and W' S W.

    A construct of no variance, as one whose items correlate with none of its
    neighbours, has no weights: NaN.
    """
    spread = weights[:, :, None] * design.membership
    proxies = corr @ spread
    inner = spread.transpose(0, 2, 1) @ proxies
    variance = np.einsum("bjj->bj", inner)
    scale = 1.0 / np.sqrt(np.where(variance > 0.0, variance, np.nan))
    return (
        weights * scale[:, design.owner],
        proxies * scale[:, None, :],
        inner * scale[:, :, None] * scale[:, None, :],
    )


def _outer_target(proxies: Array, inner: Array, design: Design) -> Array:
    """Covariance of each item with its construct's inner estimate, (B, K)."""
    own = inner.transpose(0, 2, 1)[:, design.owner, :]
    target: Array = np.einsum("bkj,bkj->bk", proxies, own)
    return target


def inner_weights(construct_corr: Array, design: Design, scheme: Scheme) -> Array:
    """Weights of the neighbours in each construct's inner estimate.

    Parameters
    ----------
    construct_corr : array (B, J, J)
        Correlations of the outer estimates.
    design : Design
        The model.
    scheme : {"path", "factorial", "centroid"}
        Signs, correlations, or coefficients on predecessors and correlations
        with successors.

    Returns
    -------
    array (B, J, J)
        ``[:, i, j]`` is the weight of construct i in the estimate of j.
        A construct without neighbours keeps its own outer estimate.
    """
    adjacency = design.adjacency
    neighbours = adjacency + adjacency.T
    isolated = np.diag((neighbours.sum(axis=0) == 0).astype(np.float64))
    if scheme == "centroid":
        return np.sign(construct_corr) * neighbours + isolated
    if scheme == "factorial":
        return construct_corr * neighbours + isolated
    weights = construct_corr * adjacency.T + isolated
    coefficients, _ = regressions(construct_corr, design)
    return weights + coefficients


def regressions(construct_corr: Array, design: Design) -> tuple[Array, Array]:
    """Regress every endogenous construct on its predecessors.

    Parameters
    ----------
    construct_corr : array (B, J, J)
        Correlations of the constructs.
    design : Design
        The model.

    Returns
    -------
    paths : array (B, J, J)
        Standardised coefficients, source by target.
    r_squared : array (B, J)
        Shares of variance explained; NaN for exogenous constructs.
    """
    paths = np.zeros_like(construct_corr)
    r_squared = np.full(construct_corr.shape[:2], np.nan)
    few = len(construct_corr) <= FEW
    for those in design.together if few else design.apart:
        slopes, explained = those.solve(construct_corr)
        present, targets = (
            those.present,
            np.broadcast_to(those.targets[:, None], those.present.shape),
        )
        paths[:, those.sources[present], targets[present]] = slopes[:, present]
        r_squared[:, those.targets] = explained
    return paths, r_squared
