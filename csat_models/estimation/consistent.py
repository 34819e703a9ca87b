r"""Consistent PLS: composites corrected to the factors they stand for.

Mode A weights of a reflective construct are proportional to its loadings, but
the composite they make carries measurement error. With :math:`w` the weights
of one construct, :math:`w' S w = 1`, its reliability, loadings and correlation
with another construct are

.. math::

   \rho_A = (w'w)^2 \frac{w'(S - \mathrm{diag}\,S)w}{w'(ww' - \mathrm{diag}\,ww')w}, \quad
   \lambda = w \frac{\sqrt{\rho_A}}{w'w}, \quad
   \phi_{ij} = \frac{w_i' S_{ij} w_j}{\sqrt{\rho_{A,i}\, \rho_{A,j}}} ,

and paths, shares of variance and effects follow from :math:`\phi`. Constructs
of several items in Mode A are corrected; composites (Mode B, unit weights) and
single items are taken as they are, with reliability 1. A construct without any
path has no neighbours to weight its items by; its weights are those of a
principal component, and not consistent.

Conventions. seminr and cSEM give the same numbers. cSEM corrects what is
written ``=~``; seminr corrects every Mode A construct as soon as one is
reflective, and so do we: the mode says it. seminr's construct correlations
under PLSc are those of the uncorrected composites, ours the corrected ones, as
in cSEM. The weights stay those of PLS: scores and indices do not change.

References
----------
Dijkstra and Henseler (2015), Consistent partial least squares path modeling,
MIS Quarterly 39, 297-316; (2015), Consistent and asymptotically normal PLS
estimators for linear structural equations, CSDA 81, 10-23.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import InadmissibleError
from csat_models.estimation.pls import Design, Weighting
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded

# Weights are iterated to about this; a bound passed by less is not passed.
SLACK = 1e-8


class Violation(IntEnum):
    """The first rule that an estimate breaks, in the order in which they are looked at."""

    NONE = 0
    RELIABILITY = 1
    """A rho_A that is not in (0, 1]."""
    LOADING = 2
    """A loading beyond 1 in absolute value."""
    R_SQUARED = 3
    """More than the whole variance of a construct is explained."""
    CONSTRUCT_CORR = 4
    """The correlations of the constructs are not positive definite."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corrected:
    """Consistent estimates of a batch.

    Attributes
    ----------
    weighting : Weighting
        With consistent loadings and construct correlations; missing where a
        reliability has no root.
    reliabilities : array (B, J)
        rho_A of the corrected constructs, 1 for the others.
    """

    weighting: Weighting
    reliabilities: Array


@single_threaded
def correct(weighting: Weighting, design: Design, deviations: Array | None = None) -> Corrected:
    """Correct loadings and construct correlations for measurement error.

    Parameters
    ----------
    weighting : Weighting
        Outcome of PLS, (B, ...).
    design : Design
        The model.
    deviations : array (B, K), optional
        Standard deviations of the items where weights were sought on items as
        they are: it is then those weights that are proportional to loadings.

    Returns
    -------
    Corrected
    """
    own = weighting.weights if deviations is None else weighting.weights / deviations
    squares = own**2 @ design.membership
    reliabilities = reliabilities_of(weighting.weights, design, deviations)
    usable: NDArray[np.bool_] = np.all(np.isfinite(reliabilities) & (reliabilities > 0.0), axis=1)
    root = np.sqrt(np.where(usable[:, None], reliabilities, np.nan))
    loadings = own * (root / squares)[:, design.owner]
    if deviations is not None:
        loadings = loadings / deviations
    as_they_are = ~design.reflective[design.owner] & usable[:, None]
    corr = weighting.construct_corr / root[:, :, None] / root[:, None, :]
    np.einsum("bjj->bj", corr)[usable] = 1.0
    return Corrected(
        weighting=replace(
            weighting,
            loadings=np.where(as_they_are, weighting.loadings, loadings),
            construct_corr=corr,
        ),
        reliabilities=reliabilities,
    )


def rho_a(weights: Array, membership: Array, deviations: Array | None = None) -> Array:
    r"""Dijkstra and Henseler's reliability of PLS scores.

    As weights of standardised items make a composite of variance 1, the
    numerator :math:`w'(S - \mathrm{diag}\,S)w` is 1 less the sum of their
    squares. Where weights were sought on items as they are, it is those
    weights that are proportional to (unstandardised) loadings, and the formula
    is in them and in covariances.

    Parameters
    ----------
    weights : array (..., L)
        Standardised outer weights.
    membership : array (L, J)
        1 where an indicator belongs to a construct.
    deviations : array (..., L), optional
        Standard deviations of the indicators, if weights were sought on items
        as they are (``standardised=False``).

    Returns
    -------
    array (..., J)
        Missing for a single indicator; for constructs in Mode A.

    References
    ----------
    Dijkstra and Henseler (2015), Consistent partial least squares path
    modeling, MIS Quarterly 39, 297-316.

    Examples
    --------
    >>> loadings = np.array([0.9, 0.8, 0.7])
    >>> corr = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    >>> weights = loadings / np.sqrt(loadings @ corr @ loadings)
    >>> rho_a(weights, np.ones((3, 1))).round(6).tolist()  # the squared correlation with the factor
    [0.855792]
    """
    own = weights if deviations is None else weights / deviations
    squares = own**2 @ membership
    off_diagonal = 1.0 - weights**2 @ membership
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = squares**2 * off_diagonal / (squares**2 - own**4 @ membership)
    return found


def reliabilities_of(weights: Array, design: Design, deviations: Array | None = None) -> Array:
    """Return :func:`rho_a` of reflective constructs and 1 of others, (..., J)."""
    found = rho_a(weights, design.membership, deviations)
    unknown = np.isnan(weights @ design.membership)
    return np.where(design.reflective | unknown, found, 1.0)


@single_threaded
def find_violations(corrected: Corrected, r_squared: Array) -> NDArray[np.int8]:
    """Return the first rule that each element of a batch breaks, (B,).

    Parameters
    ----------
    corrected : Corrected
    r_squared : array (B, J)
        Shares of variance explained; NaN for exogenous constructs.

    Returns
    -------
    array (B,) of int8
        Values of :class:`Violation`; NONE where PLS did not converge.
    """
    weighting, reliabilities = corrected.weighting, corrected.reliabilities
    broken = np.zeros(len(r_squared), dtype=np.int8)
    outside = ~within_bounds(reliabilities).all(axis=1)
    rules = {
        Violation.CONSTRUCT_CORR: smallest_eigenvalues(weighting.construct_corr) < SLACK,
        Violation.R_SQUARED: (r_squared > 1.0 + SLACK).any(axis=1),
        Violation.LOADING: (np.abs(weighting.loadings) > 1.0 + SLACK).any(axis=1),
        Violation.RELIABILITY: outside,
    }
    for violation, found in rules.items():
        broken[found & weighting.converged] = violation
    return broken


def smallest_eigenvalues(matrices: Array) -> Array:
    """Smallest eigenvalue of symmetric matrices, (B, J, J) to (B,).

    A matrix with missing values has none: NaN.

    Examples
    --------
    >>> smallest_eigenvalues(np.array([[[1.0, 0.5], [0.5, 1.0]]])).round(6).tolist()
    [0.5]
    """
    known = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full(len(matrices), np.nan)
    if known.any():
        found[known] = np.linalg.eigvalsh(matrices[known])[:, 0]
    return found


def refuse(
    violation: Violation,
    corrected: Corrected,
    r_squared: Array,
    *,
    constructs: Sequence[str],
    items: Sequence[str],
) -> NoReturn:
    """Say which rule a single sample breaks, where, and what to do.

    Parameters
    ----------
    violation : Violation
    corrected : Corrected
        Of one sample, (1, ...).
    r_squared : array (1, J)
    constructs, items : sequence of str
        Names of the J constructs and K items.

    Raises
    ------
    InadmissibleError
        Always; its facts hold the rule and the construct, or the item.
    """
    matrix = corrected.weighting.construct_corr[0]
    if violation is Violation.RELIABILITY:
        refuse_reliability(corrected.reliabilities[0], constructs)
    if violation is Violation.LOADING:
        place, sentence, fact = _say_loading(corrected.weighting.loadings[0], items)
    elif violation is Violation.R_SQUARED:
        place, sentence, fact = _say_r_squared(r_squared[0], constructs)
    else:
        place, sentence, fact = _say_correlations(matrix, constructs)
    _refuse(violation, place, sentence, fact)


def _refuse(violation: Violation, place: str, sentence: str, fact: str) -> NoReturn:
    raise InadmissibleError(
        f"consistent PLS has no admissible solution: {sentence}; change the model there, "
        "use method='pls', or keep the numbers with on_inadmissible='keep'",
        rule=violation.name.lower(),
        **{place: fact},
    )


def within_bounds(reliabilities: Array) -> NDArray[np.bool_]:
    """Tell which reliabilities lie in (0, 1]."""
    found: NDArray[np.bool_] = (reliabilities > 0.0) & (reliabilities <= 1.0 + SLACK)
    return found


def refuse_reliability(reliabilities: Array, constructs: Sequence[str]) -> NoReturn:
    """Say which construct's reliability, of (J,), is not in (0, 1].

    Raises
    ------
    InadmissibleError
        Always.
    """
    worst = int(np.argmax(~within_bounds(reliabilities)))
    name = constructs[worst]
    value = f"the reliability rho_A of construct '{name}' is {reliabilities[worst]:.3f}"
    sentence = f"{value} and must lie between 0 and 1"
    _refuse(Violation.RELIABILITY, "construct", sentence, name)


def _say_loading(loadings: Array, items: Sequence[str]) -> tuple[str, str, str]:
    worst = int(np.argmax(np.abs(loadings)))
    name = items[worst]
    return "item", f"item '{name}' has a loading of {loadings[worst]:.3f}, beyond 1", name


def _say_r_squared(r_squared: Array, constructs: Sequence[str]) -> tuple[str, str, str]:
    worst = int(np.nanargmax(r_squared))
    name = constructs[worst]
    return "construct", f"construct '{name}' has R2 = {r_squared[worst]:.3f}, above 1", name


def _say_correlations(matrix: Array, constructs: Sequence[str]) -> tuple[str, str, str]:
    """Name the construct that the smallest eigenvector is mostly made of."""
    values, vectors = np.linalg.eigh(matrix)
    name = constructs[int(np.argmax(np.abs(vectors[:, 0])))]
    return (
        "construct",
        "the correlations of the constructs are not positive definite (smallest eigenvalue "
        f"{values[0]:.3f}), mostly because of construct '{name}'",
        name,
    )
