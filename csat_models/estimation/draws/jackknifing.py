"""The jackknife as moments with a ``part`` dimension.

Each element is the sample without one part: a respondent, a person where the
codebook names respondent ids, or, in large samples, one of about 2,000 random
groups of them. Whatever is computed from moments then has leave-outs, and from
these a standard error and an acceleration
(:mod:`csat_models.estimation.draws.leave_outs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.chunks import in_chunks
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.division import Codes, scramble
from csat_models.estimation.draws.drawn import drawn_moments
from csat_models.estimation.draws.parts import Parts
from csat_models.estimation.draws.sample_parts import SampleParts, refuse_rows_arguments
from csat_models.estimation.draws.whole import fit_whole
from csat_models.estimation.estimates import Estimates, fit_moments
from csat_models.estimation.moments import Moments
from csat_models.estimation.persons import person_names, persons_column
from csat_models.estimation.products import add_product_items
from csat_models.estimation.refusals import require_whole
from csat_models.estimation.row_moments import cell_moments, group_sizes, label_moments
from csat_models.estimation.sample import Array, Groups, Missing, Sample, read_sample
from csat_models.estimation.threads import single_threaded
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.model import PathModel
from csat_models.survey import Responses

MOST_PARTS = 2000

Named = TypeVar("Named", Moments, Estimates)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partition:
    """A sample divided into parts.

    Attributes
    ----------
    sample : Sample
    groups : Groups
        The rows' cells.
    part : array (n,)
        Part of each row; -1 for a row that is in no cell.
    stratum : array (P,)
        Number of each part's cell; cells that share a person have one number.
    """

    sample: Sample
    groups: Groups
    part: Codes
    stratum: Codes

    @classmethod
    def of(
        cls,
        data: Responses | pd.DataFrame,
        *,
        by: Sequence[str] = (),
        items: Sequence[str] | None = None,
        missing: Missing = "mean",
        sampling_weights: str | None = None,
        ordinal: bool = False,
        persons: str | None = None,
        n_parts: int = MOST_PARTS,
        seed: int = 0,
    ) -> Self:
        """Divide; the parameters are those of :func:`jackknife_moments`."""
        require_count("n_parts", n_parts, least=0)
        require_seed(seed)
        sample = read_sample(
            data, items=items, missing=missing, sampling_weights=sampling_weights, ordinal=ordinal
        )
        groups = Groups.of(sample.rows, by)
        used = np.flatnonzero(groups.codes >= 0)
        units = _number_units(data, sample, persons)[used]
        _, first, units = np.unique(units, return_index=True, return_inverse=True)
        strata = _unit_strata(units, groups.codes[used])
        parts = assign_parts(strata, used[first], n_parts=n_parts, seed=seed)
        part = np.full(len(groups.codes), -1, dtype=np.intp)
        part[used] = parts[units]
        stratum = np.zeros(int(parts.max(initial=-1)) + 1, dtype=np.intp)
        stratum[parts] = strata
        return cls(sample=sample, groups=groups, part=part, stratum=stratum)


@single_threaded
def jackknife_moments(
    data: Responses | pd.DataFrame | SampleParts, *, keep_weight: bool = True, **how: Any
) -> Moments:
    """Moments of every cell without each part of the sample.

    Parameters
    ----------
    data : Responses, DataFrame or SampleParts
        Rows, or the parts of
        :func:`~csat_models.estimation.draws.streaming.compute_parts` and
        :func:`~csat_models.estimation.draws.streaming.stream_parts`, which are
        left out as they are.
    keep_weight : bool
        Whether a cell keeps its total weight without a part, as in a
        bootstrap draw, so that merged cells keep their shares; otherwise
        ``weight_sum`` is that of the rows that remain.
    by, items, missing, sampling_weights, ordinal
        As in :func:`~csat_models.estimation.row_moments.compute_moments`.
    persons : str, optional
        Column of respondent ids (or of sampling units): all rows of one are
        left out together; by default the codebook's, where it declares one.
    n_parts : int
        With more respondents than this, parts are about so many random
        groups of them, of the same size within each cell.
    seed : int
        Of the random groups, which do not follow the order of the file.

    Returns
    -------
    Moments
        With dimensions ``(part, *by, item)``, and the coordinate ``stratum``
        along ``part``. Each element equals the moments of the rows that
        remain; a cell without the part is as in the sample.

    Raises
    ------
    DataError
        A column that is not there.

    References
    ----------
    Kott (2001), The delete-a-group jackknife, Journal of Official Statistics
    17, 521-526, for groups.

    Examples
    --------
    >>> frame = pd.DataFrame({"S1": [1.0, 2.0, 6.0], "S2": [2.0, 2.0, 5.0]})
    >>> jackknife_moments(frame).mean.sel(item="S1").values.tolist()
    [4.0, 3.5, 1.5]
    """
    if isinstance(data, SampleParts):
        refuse_rows_arguments(data, how)
        items = how.get("items")
        known = data if items is None else data.select(items)
        return _name_strata(*known.leave_outs(keep_weight=keep_weight))
    plan = Partition.of(data, **how)
    shape = (len(plan.stratum), *plan.groups.shape)
    n_items = len(plan.sample.items)
    mean = np.full((*shape, n_items), np.nan)
    cov = np.full((*shape, n_items, n_items), np.nan)
    sizes = np.zeros((*shape, 3))
    for cell, rows in plan.groups.cells():
        everywhere, here, part, parts = _divide(plan, cell, rows)
        mean[everywhere], cov[everywhere] = cell_moments(plan.sample, rows, required=not cell)
        weights = plan.sample.weights[rows]
        sizes[everywhere] = group_sizes(weights)
        mean[here], cov[here] = _without_each(plan.sample, rows, part, parts)
        left = parts.sizes_without_each()
        left[:, 1] = weights.sum() if keep_weight else left[:, 1]
        sizes[here] = left
    coords = {"part": np.arange(shape[0]), **plan.groups.coords}
    moments = label_moments(plan.sample, coords, mean, cov, sizes)
    return _name_strata(moments, plan.stratum)


def jackknife(
    data: Responses | pd.DataFrame | SampleParts,
    model: PathModel,
    *,
    point: Estimates | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    ordinal: bool = False,
    **how: Any,
) -> Estimates:
    r"""Fit `model` to the sample without each of its parts.

    Parameters
    ----------
    data : Responses, DataFrame or SampleParts
        Products of items that interactions need are added to rows.
    model : PathModel
    point : Estimates, optional
        The estimate whose signs and settings the leave-outs follow; by
        default the fit to all of `data` with the default settings.
    missing, sampling_weights, ordinal, **how
        As in :func:`jackknife_moments`.

    Returns
    -------
    Estimates
        With leading dimension ``part``.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> common = generator.normal(size=(60, 1))
    >>> frame = pd.DataFrame(common + generator.normal(size=(60, 4)), columns=list("abcd"))
    >>> model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    >>> jackknife(frame, model).paths.sizes["part"]
    60
    """
    require_whole("point", point, model)
    rows: dict[str, Any] = {
        "missing": missing,
        "sampling_weights": sampling_weights,
        "ordinal": ordinal,
    }
    ready = data if isinstance(data, SampleParts) else add_product_items(data, model)
    if point is None:
        point = fit_whole(ready, model, rows)
    settings = point.settings
    moments = jackknife_moments(ready, items=model.items, **rows, **how)
    left = in_chunks(moments, lambda some: fit_moments(some, model, settings, orientation=point))
    return _name_strata(left, moments.cov["stratum"].to_numpy())


def assign_parts(strata: Codes, positions: Codes, *, n_parts: int, seed: int) -> Codes:
    """Assign units to parts, each part within one stratum.

    Parameters
    ----------
    strata : array (U,)
        Stratum of each unit.
    positions : array (U,)
        Position of each unit in the data; with `seed` it decides the part.
    n_parts : int
        Most parts; up to so many units, each is a part of its own. A stratum
        has at least two parts, where it has two units.
    seed : int

    Returns
    -------
    array (U,)
        Numbers of the parts, without gaps; within a stratum, their sizes
        differ by one unit at most.

    Raises
    ------
    DataError
        Less than two parts.

    Examples
    --------
    >>> parts = assign_parts(np.zeros(10, int), np.arange(10), n_parts=5, seed=1)
    >>> np.bincount(parts).tolist()
    [2, 2, 2, 2, 2]
    """
    if n_parts < 2:  # noqa: PLR2004
        raise DataError(f"n_parts={n_parts} are too few parts to leave one out; write at least 2")
    if len(strata) <= n_parts:
        return np.arange(len(strata))
    order = np.lexsort((scramble(positions.astype(np.uint64), seed), strata))
    _, start, size = np.unique(strata[order], return_index=True, return_counts=True)
    share = np.rint(n_parts * size / len(strata)).astype(np.intp)
    groups = np.minimum(size, np.maximum(share, 2))
    rank = np.arange(len(order)) - np.repeat(start, size)
    parts = np.empty(len(order), dtype=np.intp)
    base = np.cumsum(groups) - groups
    parts[order] = np.repeat(base, size) + rank % np.repeat(groups, size)
    return parts


def _number_units(data: Responses | pd.DataFrame, sample: Sample, persons: str | None) -> Codes:
    column = persons_column(data, persons)
    if column is None:
        return np.arange(len(sample.rows))
    names = np.array(person_names(sample.rows, column), dtype=object)
    return pd.factorize(names)[0].astype(np.intp)


def _unit_strata(units: Codes, cells: Codes) -> Codes:
    """Give units of one stratum one number; cells that share a person are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_units, n_cells = int(units.max(initial=-1)) + 1, int(cells.max(initial=-1)) + 1
    size = n_units + n_cells
    links = coo_array((np.ones(len(units)), (units, n_units + cells)), shape=(size, size))
    _, component = connected_components(links, directed=False)
    return np.asarray(component[:n_units], dtype=np.intp)


def _divide(
    plan: Partition, cell: tuple[int, ...], rows: Codes
) -> tuple[tuple[Any, ...], tuple[Any, ...], Codes, Parts]:
    """Index all elements of a cell, and those that leave out some of its rows; their parts."""
    present, part = np.unique(plan.part[rows], return_inverse=True)
    values, weights = plan.sample.values[rows], plan.sample.weights[rows]
    parts = Parts.of(values, weights, part, len(present))
    return (slice(None), *cell), (present, *cell), part, parts


def _without_each(sample: Sample, rows: Codes, part: Codes, parts: Parts) -> tuple[Array, Array]:
    """Moments of a cell's rows without each of its parts."""
    if sample.additive:
        return parts.without_each()
    return drawn_moments(sample, rows, Copies.without_parts(part, len(parts.squares)))


def _name_strata(of: Named, stratum: Codes) -> Named:
    """Give every array that has parts the coordinate ``stratum``."""
    arrays = {field.name: getattr(of, field.name) for field in fields(of)}
    named: dict[str, Any] = {
        name: array.assign_coords(stratum=("part", stratum))
        for name, array in arrays.items()
        if isinstance(array, xr.DataArray) and "part" in array.dims
    }
    return replace(of, **named)
