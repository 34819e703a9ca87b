"""Sampling designs: strata, sampling units within them, replicate weights.

References
----------
Rao and Wu (1988), Resampling inference with complex survey data, JASA 83,
231-241. Rao, Wu and Yue (1992), Some recent work on resampling methods for
complex surveys, Survey Methodology 18, 209-217. Wolter (2007), Introduction
to Variance Estimation, chapters 3 to 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.columns import read_numbers
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.drawn import drawn_moments
from csat_models.estimation.draws.parts import Codes
from csat_models.estimation.moments import Moments
from csat_models.estimation.row_moments import group_sizes, label_moments
from csat_models.estimation.sample import Array, Groups, Missing, names_of, read_sample
from csat_models.survey import Responses

FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Sampling units of the rows, and the strata that they were drawn in.

    In every draw, ``n_h - 1`` of the n_h units of a stratum are drawn with
    replacement, and each counts ``n_h / (n_h - 1)`` times: the variance of the
    draws is then the design's, even with two units a stratum, where drawing
    all n_h would give half of it.

    Attributes
    ----------
    unit : array (n,)
        Number of each row's sampling unit.
    stratum : array (U,)
        Number of each unit's stratum, after merging.
    table : DataFrame
        One row a stratum as in the data: ``stratum``, ``n_units``,
        ``n_rows`` and ``merged``, the strata that it is drawn together with
        (empty where it is drawn alone).
    """

    unit: Codes
    stratum: Codes
    table: pd.DataFrame

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        *,
        strata: str | None = None,
        clusters: str | None = None,
        units: Sequence[str] | None = None,
    ) -> Self:
        """Read the design off the columns of a survey.

        Parameters
        ----------
        rows : DataFrame
        strata : str, optional
            Column of strata; by default there is one. A stratum of a single
            unit has no variance of its own: it is merged with the next one in
            the order of the labels, the last one with the one before.
        clusters : str, optional
            Column of sampling units. The same name in two strata is two
            units.
        units : sequence of str, optional
            Names of the units where there is no column of clusters; by
            default each row is a unit.

        Raises
        ------
        DataError
            A column that is not there or has gaps, or a single unit in all.

        Examples
        --------
        >>> rows = pd.DataFrame({"area": list("aabbc"), "village": list("stuvw")})
        >>> design = Design.of(rows, strata="area", clusters="village")
        >>> design.table.values.tolist()
        [['a', 2, 2, ''], ['b', 2, 2, 'b, c'], ['c', 1, 1, 'b, c']]
        """
        labels = _column(rows, strata)
        names = _column(rows, clusters) if clusters or units is None else pd.Series(list(units))
        names = pd.Series(np.arange(len(rows))) if not clusters and units is None else names
        codes, values = pd.factorize(labels, sort=True)
        pairs = pd.MultiIndex.from_arrays([codes, names.to_numpy()])
        unit, _ = pd.factorize(pairs)
        first = np.unique(unit, return_index=True)[1]
        sizes = np.bincount(codes[first], minlength=len(values))
        if sizes.sum() < FEWEST:
            raise DataError(
                "the design has a single sampling unit; its draws would not vary", clusters=clusters
            )
        merged = _merge_single(sizes)
        return cls(
            unit=unit.astype(np.intp),
            stratum=merged[codes[first]],
            table=_table(values, sizes, np.bincount(codes, minlength=len(values)), merged),
        )

    @property
    def merged(self) -> tuple[str, ...]:
        """Strata that are drawn together, such as ``("b, c",)``."""
        return tuple(dict.fromkeys(group for group in self.table["merged"] if group))

    def counts(self, n_boot: int, generator: np.random.Generator) -> Array:
        """Draw the rescaled counts of each row, (n_boot, n)."""
        return self.unit_counts(n_boot, generator)[:, self.unit]

    def unit_counts(self, n_boot: int, generator: np.random.Generator) -> Array:
        """Draw the rescaled counts of each unit, (n_boot, U)."""
        counts = np.empty((n_boot, len(self.stratum)))
        for stratum in np.unique(self.stratum):
            units = np.flatnonzero(self.stratum == stratum)
            size = len(units)
            drawn = generator.multinomial(size - 1, np.full(size, 1.0 / size), size=n_boot)
            counts[:, units] = drawn * (size / (size - 1.0))
        return counts


def replicate_moments(
    data: Responses | pd.DataFrame,
    *,
    replicate_weights: Sequence[str],
    by: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    ordinal: bool = False,
) -> Moments:
    """Moments with each of a survey's replicate weights, as draws.

    Parameters
    ----------
    data : Responses or DataFrame
        Survey agencies supply replicate weights in place of the design.
    replicate_weights : sequence of str
        Columns of weights: one draw each.
    by, items, missing, sampling_weights, ordinal
        As in :func:`~csat_models.estimation.row_moments.compute_moments`.

    Returns
    -------
    Moments
        With dimensions ``(draw, *by, item)``: each draw equals the moments
        with its column as survey weights (with ``missing="pairwise"``, but
        for the factor ``n / (n - 1)`` of each pair). ``weight_sum`` has draws too. Unless
        the weights are bootstrap weights, errors come from
        :func:`replicate_standard_error` and not from quantiles.

    Raises
    ------
    DataError
        A column that is not there or has gaps.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 4.0], "r1": [0, 1, 2], "r2": [2, 1, 0]})
    >>> draws = replicate_moments(frame, replicate_weights=["r1", "r2"], items=["x"])
    >>> draws.mean.sel(item="x").values.round(3).tolist()
    [3.333, 1.333]
    """
    sample = read_sample(
        data, items=items, missing=missing, sampling_weights=sampling_weights, ordinal=ordinal
    )
    unweighted = replace(sample, weights=np.ones(len(sample.weights)))
    names = names_of(replicate_weights)
    for name in names:
        _column(sample.rows, name)
    replicates = read_numbers(sample.rows, names).T
    groups = Groups.of(sample.rows, by)
    shape, n_items = (len(names), *groups.shape), len(sample.items)
    mean = np.full((*shape, n_items), np.nan)
    cov = np.full((*shape, n_items, n_items), np.nan)
    sizes, totals = np.zeros((*groups.shape, 3)), np.zeros(shape)
    for cell, rows in groups.cells():
        counts = replicates[:, rows]
        here: tuple[Any, ...] = (slice(None), *cell)
        totals[here] = counts.sum(axis=1)
        # The divisor n - 1 counts rows, not weight.
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = counts * (len(rows) / counts.sum(axis=1, keepdims=True))
        mean[here], cov[here] = drawn_moments(unweighted, rows, Copies(counts=scaled))
        sizes[cell] = group_sizes(sample.weights[rows])
    coords = {"draw": np.arange(len(names)), **groups.coords}
    moments = label_moments(sample, coords, mean, cov, sizes)
    weight_sum = moments.mean.isel(item=0, drop=True).copy(data=totals)
    return replace(moments, weight_sum=weight_sum)


def replicate_standard_error(
    draws: xr.DataArray, *, point: xr.DataArray, scale: float | Sequence[float] | None = None
) -> xr.DataArray:
    r"""Compute the standard error of replicates, :math:`\sqrt{\sum_r s_r (t_r - t)^2}`.

    Parameters
    ----------
    draws : DataArray (draw, ...)
        The statistic with each of R replicate weights.
    point : DataArray (...)
        The statistic with the survey weights.
    scale : float or sequence of float, optional
        The :math:`s_r`, by default 1 / R: bootstrap and balanced half
        samples. Fay's method has 1 / (R (1 - k)^2), the jackknife (R - 1) / R,
        the stratified jackknife (n_h - 1) / n_h of each replicate's stratum.

    Returns
    -------
    DataArray (...)
        Missing where a replicate is.

    Raises
    ------
    DataError
        Another number of scales than of replicates.

    Examples
    --------
    >>> draws = xr.DataArray([1.0, 3.0], dims="draw")
    >>> replicate_standard_error(draws, point=xr.DataArray(2.0)).item()
    1.0
    """
    _require_scales(scale, draws.sizes["draw"])
    share = 1.0 / draws.sizes["draw"] if scale is None else scale
    point, values = xr.align(point, draws, join="exact", copy=False)
    squares = ((values - point) ** 2).transpose("draw", *point.dims).to_numpy()
    factors = np.broadcast_to(np.asarray(share, dtype=np.float64), len(squares))
    return point.copy(data=np.sqrt(np.tensordot(factors, squares, axes=1)))


def _require_scales(scale: float | Sequence[float] | None, n_replicates: int) -> None:
    if scale is not None and np.size(scale) not in (1, n_replicates):
        raise DataError(
            f"scale= has {np.size(scale)} values for {n_replicates} replicates; give one number, "
            "or one for each replicate",
            scale=scale,
        )


def _column(rows: pd.DataFrame, name: str | None) -> pd.Series[Any]:
    """Return a column without gaps; without a name, one value for all rows."""
    if name is None:
        return pd.Series(["all"] * len(rows))
    if name not in rows.columns:
        raise DataError(f"the data have no column '{name}' of the sampling design", column=name)
    gaps = np.flatnonzero(rows[name].isna())
    if len(gaps):
        raise DataError(
            f"column '{name}' of the sampling design has no value in row {gaps[0] + 1} of the "
            f"data ({len(gaps)} such rows); fill it or leave these rows out",
            column=name,
            row=int(gaps[0]) + 1,
        )
    return rows[name].reset_index(drop=True)


def _merge_single(sizes: NDArray[np.int64]) -> Codes:
    """Give strata numbers, a single unit's stratum that of a neighbour."""
    merged = np.zeros(len(sizes), dtype=np.intp)
    number, held = 0, 0
    for place, size in enumerate(sizes):
        merged[place] = number
        held += size
        if held >= FEWEST:
            number, held = number + 1, 0
    if held:
        merged[merged == number] = number - 1
    return merged


def _table(
    labels: Any, sizes: NDArray[np.int64], n_rows: NDArray[np.int64], merged: Codes
) -> pd.DataFrame:
    names = [str(label) for label in labels]
    together = {
        number: [name for name, own in zip(names, merged, strict=True) if own == number]
        for number in set(merged.tolist())
    }
    groups = [together[number] for number in merged.tolist()]
    return pd.DataFrame(
        {
            "stratum": names,
            "n_units": sizes,
            "n_rows": n_rows,
            "merged": [", ".join(group) if len(group) > 1 else "" for group in groups],
        }
    )
