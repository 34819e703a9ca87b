"""A simulated population and the exact moments of its items.

The true value of a statistic is the same estimator at the population moments
of the discretised items; :meth:`Population.item_moments` computes them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.simulated.discretisation import (
    declared_cuts,
    score_cov,
    score_mean,
    solve_latent_mean,
    thresholds,
)
from csat_models.survey.simulated.structure import Structure

Array = NDArray[np.float64]
Missing = Literal["mean", "none"]

SPREAD = 0.19


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemMoments:
    """Exact means and covariances of items in a population.

    Attributes
    ----------
    mean : DataArray, dims (*units, item)
        Score points.
    cov : DataArray, dims (*units, item, item_2)
        Covariances of single answers (no divisor is involved).
    weight : DataArray, dims units
        Population totals.
    """

    mean: xr.DataArray
    cov: xr.DataArray
    weight: xr.DataArray

    def select(self, items: Iterable[str]) -> ItemMoments:
        """Return the moments of some items, in the order given."""
        names = list(items)
        return ItemMoments(
            mean=self.mean.sel(item=names),
            cov=self.cov.sel(item=names, item_2=names),
            weight=self.weight,
        )

    def pool(self, over: Iterable[str] | None = None) -> ItemMoments:
        """Merge units in proportion to their population totals.

        Parameters
        ----------
        over : iterable of str, optional
            The dimensions to merge; all by default.

        Returns
        -------
        ItemMoments
            Without these dimensions; the covariance is that within the units
            plus that between their means.
        """
        dims = [str(dim) for dim in (self.weight.dims if over is None else over)]
        total = self.weight.sum(dims)
        share = self.weight / total
        mean = (self.mean * share).sum(dims)
        gap = self.mean - mean
        spread = self.cov + gap * gap.rename(item="item_2")
        return ItemMoments(mean=mean, cov=(spread * share).sum(dims), weight=total)

    def replace_missing(self, rate: xr.DataArray) -> ItemMoments:
        """Return the moments after mean replacement of answers missing at random.

        Parameters
        ----------
        rate : DataArray, dims (item,)
            Share of missing answers of each item, independent of everything.

        Returns
        -------
        ItemMoments
            The same means, covariances times (1 - p_i)(1 - p_j), variances
            times (1 - p_i).
        """
        kept = (1.0 - rate).sel(item=self.mean["item"].values)
        factor = np.outer(kept.values, kept.values)
        np.fill_diagonal(factor, kept.values)
        return ItemMoments(mean=self.mean, cov=self.cov * factor, weight=self.weight)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Units (such as cities) with customer groups, observed in several waves.

    Attributes
    ----------
    structure : Structure
        Constructs and items, the same everywhere.
    low, high, spread : ndarray, shape (K,)
        Ends of the items' scales and their latent standard deviations.
    latent_mean : DataArray, dims (wave, *units, group, item)
        Means of the latent answers, score points.
    customers : DataArray, dims (*units, group)
        Population totals.
    sample_size : DataArray of int, dims (wave, *units, group)
        Respondents drawn.
    missing_rate : DataArray, dims (item,)
        Share of answers missing completely at random.
    returning : float
        Share of a stratum's respondents who took part in the wave before.
    carry_over : float
        Correlation of a returning respondent's innovations with those of
        the wave before.
    cuts : ndarray, shape (K, T), or None
        Where latent answers pass from one score to the next, in score points;
        None for the halves between scores.

    Examples
    --------
    >>> population = Population.declare("Quality =~ 0.8*Q1 + 0.7*Q2", mean=7.5)
    >>> population.item_moments().mean.round(9).values.tolist()
    [7.5, 7.5]
    """

    structure: Structure
    low: Array
    high: Array
    spread: Array
    latent_mean: xr.DataArray
    customers: xr.DataArray
    sample_size: xr.DataArray
    missing_rate: xr.DataArray
    returning: float = 0.0
    carry_over: float = 0.0
    cuts: Array | None = None

    @classmethod
    def declare(
        cls,
        text: str,
        *,
        mean: xr.DataArray | float,
        scales: Mapping[str, tuple[float, float]] | None = None,
        spread: Mapping[str, float] | None = None,
        group_shift: xr.DataArray | None = None,
        customers: xr.DataArray | None = None,
        sample_size: xr.DataArray | int = 250,
        missing_rate: Mapping[str, float] | None = None,
        returning: float = 0.0,
        carry_over: float = 0.0,
        thresholds_of: Mapping[str, Sequence[float]] | None = None,
    ) -> Self:
        """Declare a population whose items have exactly the means given.

        Parameters
        ----------
        text : str
            The structure, in the model language, with all coefficients.
        mean : DataArray or float
            Item means over all groups of a unit, dims (wave, *units, item),
            all but ``item`` optional.
        scales : mapping of str to (float, float), optional
            Scales other than 1 to 10.
        spread : mapping of str to float, optional
            Latent standard deviations other than .19 of the scale's length.
        group_shift : DataArray, optional
            Dims (group, item): what a group lies above the common latent
            mean, in latent standard deviations.
        customers : DataArray, optional
            Population totals, dims (*units, group); all 1 by default.
        sample_size : DataArray or int
            Respondents a wave, unit and group.
        missing_rate : mapping of str to float, optional
            Share of answers missing completely at random, 0 by default.
        returning, carry_over : float
            As the attributes.
        thresholds_of : mapping of str to sequence of float, optional
            For items whose scores are not halves of a point apart: where the
            latent answer passes from one score to the next, in score points.

        Raises
        ------
        ModelError
            A text that declares no population.
        DataError
            A mean outside its item's scale, thresholds that do not fit it, or
            a share or number of respondents that cannot be.
        """
        structure = Structure.parse(text)
        items = list(structure.items)
        rates = _complete_rates(missing_rate or {}, items)
        for name, value in (("returning", returning), ("carry_over", carry_over)):
            _require_share(name, value)
        low, high, sd = _describe_scales(items, scales or {}, spread or {})
        target = _complete_mean(mean, items)
        shift = _complete_shift(group_shift, items) * sd
        totals = _complete_customers(customers, target, shift)
        share = (totals / totals.sum("group")).values
        cuts = declared_cuts(thresholds_of, items, low, high) if thresholds_of else None
        solved = solve_latent_mean(
            target.values, shift.values, share, spread=sd, low=low, high=high, cuts=cuts
        )
        latent = xr.DataArray(solved, coords=target.coords, dims=target.dims) + shift
        latent = latent.transpose("wave", *totals.dims, "item")
        sizes = xr.zeros_like(latent.isel(item=0, drop=True), dtype=np.int64) + sample_size
        if bool((sizes < 0).any()) or bool((sizes != np.floor(sizes)).any()):
            raise DataError("a sample size is no whole number of 0 or more; correct 'sample_size'")
        return cls(
            structure=structure,
            low=low,
            high=high,
            spread=sd,
            latent_mean=latent,
            customers=totals,
            sample_size=sizes.transpose("wave", *totals.dims),
            missing_rate=xr.DataArray(rates, [("item", items)]),
            returning=returning,
            carry_over=carry_over,
            cuts=cuts,
        )

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the unit dimensions, such as ``("city", "operator")``."""
        return tuple(str(dim) for dim in self.customers.dims if dim != "group")

    def item_moments(
        self, waves: Sequence[Hashable] | None = None, missing: Missing = "none"
    ) -> ItemMoments:
        """Exact moments of the discretised items, unit by unit.

        Parameters
        ----------
        waves : sequence of labels, optional
            The waves to be pooled in proportion to their sample
            sizes (as survey weights with mean 1 in a wave do); all by default.
        missing : {"none", "mean"}
            ``"mean"``: as after mean replacement within each unit.

        Returns
        -------
        ItemMoments
            Mixed over the customer groups by their population totals.
        """
        latent = self.latent_mean.sel(wave=self.find_waves(waves))
        tau = thresholds(latent.values, self.spread, self.low, self.high, self.cuts)
        mean = xr.DataArray(score_mean(tau, self.low), coords=latent.coords, dims=latent.dims)
        cov = xr.DataArray(
            score_cov(tau, self.structure.item_corr),
            coords={**latent.coords, "item_2": latent["item"].values},
            dims=(*latent.dims, "item_2"),
        )
        size = self.sample_size.sel(wave=latent["wave"].values).sum((*self.units, "group"))
        parts = ItemMoments(mean=mean, cov=cov, weight=self.customers * (size / size.sum()))
        moments = parts.pool(("wave", "group"))
        return moments if missing == "none" else moments.replace_missing(self.missing_rate)

    def find_waves(self, waves: Sequence[Hashable] | None) -> list[Hashable]:
        """Return the waves asked for, all of them for None.

        Raises
        ------
        DataError
            None at all, or one that the population does not have.
        """
        known: list[Hashable] = self.latent_mean["wave"].values.tolist()
        asked = known if waves is None else list(waves)
        unknown = [wave for wave in asked if wave not in known]
        if unknown or not asked:
            names = ", ".join(str(wave) for wave in known)
            wrong = ", ".join(str(wave) for wave in unknown) or "in an empty list"
            raise DataError(f"the population has no wave {wrong}; it has {names}")
        return asked


def _describe_scales(
    items: list[str], scales: Mapping[str, tuple[float, float]], spread: Mapping[str, float]
) -> tuple[Array, Array, Array]:
    low, high = np.array([scales.get(item, (1.0, 10.0)) for item in items], dtype=np.float64).T
    usual = dict(zip(items, SPREAD * (high - low), strict=True))
    return low, high, np.array([spread.get(item, usual[item]) for item in items])


def _complete_rates(rates: Mapping[str, float], items: list[str]) -> list[float]:
    for name, rate in rates.items():
        if name not in items:
            raise DataError(
                f"a share of missing answers is declared for '{name}', which is no item of the "
                f"population; it has {', '.join(items)}",
                item=name,
            )
        _require_share(f"missing_rate of {name}", rate)
    return [rates.get(item, 0.0) for item in items]


def _require_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise DataError(f"the share '{name}' is {value}; give one from 0 to 1", key=name)


def _complete_customers(
    customers: xr.DataArray | None, target: xr.DataArray, shift: xr.DataArray
) -> xr.DataArray:
    units = {dim: target[dim] for dim in target.dims if dim not in ("wave", "item")}
    coords = {**units, "group": shift["group"]}
    sizes = [labels.size for labels in coords.values()]
    full = xr.DataArray(np.ones(sizes), coords=coords, dims=tuple(coords))
    return full if customers is None else customers.transpose(*full.dims)


def _complete_mean(mean: xr.DataArray | float, items: list[str]) -> xr.DataArray:
    every = xr.DataArray(np.ones(len(items)), [("item", items)])
    target = mean * every if isinstance(mean, int | float) else mean.sel(item=items)
    target = target if "wave" in target.dims else target.expand_dims(wave=[0])
    units = [dim for dim in target.dims if dim not in ("wave", "item")]
    return target.transpose("wave", *units, "item")


def _complete_shift(shift: xr.DataArray | None, items: list[str]) -> xr.DataArray:
    if shift is None:
        return xr.DataArray(np.zeros((1, len(items))), [("group", ["all"]), ("item", items)])
    return shift.sel(item=items).transpose("group", "item")
