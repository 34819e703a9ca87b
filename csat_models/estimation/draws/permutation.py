"""Permuted groups as moments with a ``permutation`` dimension.

If groups do not differ, their labels are exchangeable: the statistic with
labels shuffled has the distribution of the statistic observed. Permutations
are a batch like draws, so a comparison of groups needs no loop.

Rows of the same sampling unit, or of the same person, are alike, and so are not
exchangeable with others: such units are permuted as wholes, see
:func:`exchangeable_units`.

References
----------
Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses. Winkler,
Webster, Vidaurre, Nichols and Smith (2015), Multi-level block permutation,
NeuroImage 123, 253-268 (units permuted as wholes, and within themselves). Phipson
and Smyth (2010), Permutation p-values should never be zero, Statistical
Applications in Genetics and Molecular Biology 9, article 39. Chin and Dibbern
(2010), An introduction to a permutation based procedure for multi-group PLS
analysis, Handbook of Partial Least Squares, 171-193.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.drawn import drawn_moments
from csat_models.estimation.draws.parts import Codes
from csat_models.estimation.moments import Moments
from csat_models.estimation.persons import person_names, persons_column
from csat_models.estimation.products import add_product_items
from csat_models.estimation.row_moments import label_moments
from csat_models.estimation.sample import Array, Groups, Missing, Sample, read_sample
from csat_models.estimation.sides import Side, require_side
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.model import PathModel
from csat_models.survey import Responses


def exchangeable_units(
    labels: Codes, strata: Codes, levels: Sequence[Codes] = ()
) -> tuple[Codes, Codes]:
    """Say what may change its label with what, if rows belong to units.

    A unit whose rows all have one label is a whole: it changes labels with other
    wholes of its stratum. In a unit with several labels they move inside it: among
    the units of the next level, in the end among rows.

    Parameters
    ----------
    labels : array (n,)
    strata : array (n,)
        Labels move within strata only.
    levels : sequence of array (n,)
        The unit of each row, the largest units first: sampling units, then
        persons. A unit in two strata is two units.

    Returns
    -------
    strata : array (n,)
        Within which labels move.
    units : array (n,)
        Rows of the same unit move together; numbered by the first of its rows.

    Examples
    --------
    >>> labels, villages = np.array([0, 0, 1, 0, 1]), np.array([5, 5, 6, 7, 7])
    >>> strata, units = exchangeable_units(labels, np.zeros(5, dtype=np.intp), [villages])
    >>> strata.tolist(), units.tolist()
    ([0, 0, 0, 1, 1], [0, 0, 1, 2, 3])
    """
    units, whole = np.arange(len(labels)), np.zeros(len(labels), dtype=bool)
    for level in levels:
        codes = _numbered(strata, level)
        first = np.unique(codes, return_index=True)[1][codes]
        mixed = np.bincount(codes, labels != labels[first]) > 0
        held = ~whole & ~mixed[codes]
        units = np.where(held, first, units)
        strata = np.where(whole | held, strata, strata.max(initial=0) + 1 + codes)
        whole |= held
    return _numbered(strata), _numbered(units)


def _numbered(*codes: Codes) -> Codes:
    """Return the number of each row's combination of codes, in order of appearance."""
    if len(codes) == 1:
        return np.asarray(pd.factorize(codes[0])[0], dtype=np.intp)
    pairs = pd.MultiIndex.from_arrays(list(codes))
    return np.asarray(pd.factorize(pairs)[0], dtype=np.intp)


def permutation_labels(
    labels: Codes,
    n_permutations: int,
    generator: np.random.Generator,
    strata: Codes | None = None,
    levels: Sequence[Codes] = (),
) -> Codes:
    """Shuffle labels within strata.

    Parameters
    ----------
    labels : array (n,)
    n_permutations : int
    generator : numpy.random.Generator
    strata : array (n,), optional
        Labels move among rows of the same stratum only.
    levels : sequence of array (n,)
        Units that rows belong to, see :func:`exchangeable_units`.

    Returns
    -------
    array (n_permutations, n)

    Examples
    --------
    >>> shuffled = permutation_labels(np.array([0, 0, 1]), 2, np.random.default_rng(1))
    >>> np.sort(shuffled, axis=1).tolist()
    [[0, 0, 1], [0, 0, 1]]
    """
    codes = np.zeros(len(labels), dtype=np.intp) if strata is None else strata
    if not levels:
        return _shuffled(labels, codes, n_permutations, generator)
    codes, units = exchangeable_units(labels, codes, levels)
    first = np.unique(units, return_index=True)[1]
    return _shuffled(labels[first], codes[first], n_permutations, generator)[:, units]


def _shuffled(
    labels: Codes, strata: Codes, n_permutations: int, generator: np.random.Generator
) -> Codes:
    shuffled = np.broadcast_to(labels, (n_permutations, len(labels))).astype(np.intp)
    order = np.argsort(strata, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(strata[order])) + 1):
        if (labels[rows] != labels[rows[0]]).any():
            shuffled[:, rows] = generator.permuted(shuffled[:, rows], axis=1)
    return shuffled


def permute_groups(
    data: Responses | pd.DataFrame,
    *,
    group: str,
    n_permutations: int,
    seed: int,
    within: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    ordinal: bool = False,
    persons: str | None = None,
    clusters: str | None = None,
    model: PathModel | None = None,
) -> Moments:
    """Moments of every group with the group labels shuffled.

    Parameters
    ----------
    data : Responses or DataFrame
        A row without a group, or without a value of `within`, is left out.
    group : str
        Column whose labels are shuffled; each row keeps its answers and its
        survey weight, each group its number of rows (of units, where these differ in
        size).
    n_permutations : int
    seed : int
    within : sequence of str
        Columns, such as the city, within whose cells labels are shuffled.
    items, missing, sampling_weights, ordinal
        As in :func:`~csat_models.estimation.row_moments.compute_moments`.
    persons : str, optional
        Column of respondent ids; by default the codebook's, where it declares one. Rows
        of a person who is in one group move together; who is in several, changes
        labels between the own rows only.
    clusters : str, optional
        Column of sampling units, which hold persons; permuted in the same way.
    model : PathModel, optional
        Whose items are used, with the products that its interactions need.

    Returns
    -------
    Moments
        With dimensions ``(permutation, group, item)``, the second named as
        the column.

    Raises
    ------
    DataError
        A column that is not there, less than two groups, no permutation, or
        no seed.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "brand": list("aabb")})
    >>> permute_groups(frame, group="brand", n_permutations=9, seed=1, items=["x"]).mean.dims
    ('permutation', 'brand', 'item')
    """
    require_count("n_permutations", n_permutations)
    require_seed(seed)
    if model is not None:
        data = add_product_items(data, model)
        items = model.items if items is None else items
    sample = read_sample(
        data, items=items, missing=missing, sampling_weights=sampling_weights, ordinal=ordinal
    )
    groups, strata = Groups.of(sample.rows, [group]), Groups.of(sample.rows, within)
    if groups.size < 2:  # noqa: PLR2004
        raise DataError(
            f"column '{group}' has {groups.size} group; a comparison needs two", column=group
        )
    rows = np.flatnonzero((groups.codes >= 0) & (strata.codes >= 0))
    shuffled = permutation_labels(
        groups.codes[rows],
        n_permutations,
        np.random.default_rng(seed),
        strata.codes[rows],
        _levels(data, sample.rows.iloc[rows], persons, clusters),
    )
    coords = {"permutation": np.arange(n_permutations), **groups.coords}
    return label_moments(sample, coords, *_moments_of(sample, rows, shuffled, groups.size))


def _moments_of(
    sample: Sample, rows: Codes, shuffled: Codes, n_groups: int
) -> tuple[Array, Array, Array]:
    """Means (P, G, K), covariances and sizes (P, G, 3) of rows with labels (P, n)."""
    weights = sample.weights[rows]
    shape, n_items = (len(shuffled), n_groups), len(sample.items)
    mean, cov = np.empty((*shape, n_items)), np.empty((*shape, n_items, n_items))
    sizes = np.empty((*shape, 3))
    for place in range(n_groups):
        member = (shuffled == place).astype(np.uint8)
        mean[:, place], cov[:, place] = drawn_moments(sample, rows, Copies(counts=member))
        total, squares = member @ weights, member @ weights**2
        effective = total**2 / np.where(squares > 0, squares, 1.0)
        sizes[:, place] = np.stack([member.sum(axis=1), total, effective], axis=1)
    return mean, cov, sizes


def _levels(
    data: Responses | pd.DataFrame, rows: pd.DataFrame, persons: str | None, clusters: str | None
) -> list[Codes]:
    """Return the sampling units and the persons of rows, as far as they are known."""
    levels = []
    for column in (clusters, persons_column(data, persons)):
        if column is not None:
            names = pd.Series(person_names(rows, column))
            levels.append(np.asarray(pd.factorize(names)[0], dtype=np.intp))
    return [level for level in levels if level.max(initial=-1) + 1 < len(rows)]


def permutation_p_value(
    permuted: xr.DataArray, observed: xr.DataArray, *, side: Side = "two-sided"
) -> xr.DataArray:
    """Share of permutations with a statistic at least as extreme.

    ``(1 + number) / (1 + permutations)``, where the observed labels are one of
    the permutations; "two-sided" compares absolute values, so the p-value of a
    difference does not change when the groups are swapped.

    Parameters
    ----------
    permuted : DataArray (permutation, ...)
        The statistic, 0 without a difference, in every permutation; a missing
        one is left out.
    observed : DataArray (...)
    side : {"two-sided", "greater", "less"}

    Returns
    -------
    DataArray (...)

    Raises
    ------
    DataError
        An unknown side.

    Examples
    --------
    >>> permuted = xr.DataArray([-3.0, -1.0, 0.0, 2.0], dims="permutation")
    >>> permutation_p_value(permuted, xr.DataArray(2.0)).item()
    0.6
    """
    require_side(side)
    values, aligned = xr.align(permuted, observed, join="exact", copy=False)
    if side == "two-sided":
        values, aligned = abs(values), abs(aligned)
    elif side == "less":
        values, aligned = -values, -aligned
    # A permutation that restores the observed groups differs by rounding only.
    extreme = (values >= aligned - 1e-12 * abs(aligned)).sum("permutation")
    count = values.notnull().sum("permutation")
    share = (1.0 + extreme) / (1.0 + count)
    return share.where(aligned.notnull()).transpose(*aligned.dims)
