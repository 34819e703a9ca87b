"""Item means and covariances: all that an estimator sees of a sample.

Moments are small (K x K), additive (merge two cells, files or waves) and carry
any number of leading batch dimensions, such as ``draw``, ``city`` or
``operator``. They come from rows
(:func:`~csat_models.estimation.row_moments.compute_moments`) or from a published
table (:meth:`Moments.from_table`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from csat_models.errors import DataError
from csat_models.estimation.alike import require_same_items, require_same_labels
from csat_models.estimation.summaries import as_html, batch_words, counted, sample_words


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Means and covariances of items, with their sizes and scales.

    Attributes
    ----------
    mean : DataArray (..., item)
        Item means, on the scale of the questionnaire.
    cov : DataArray (..., item, item_2)
        Item covariances: the weighted mean product of deviations times
        ``n / (n - 1)``, so without weights the usual divisor ``n - 1``.
    n_obs : DataArray (...)
        Respondents.
    weight_sum : DataArray (...)
        Sum of their survey weights; `n_obs` where there are none.
    n_effective : DataArray (...)
        Kish's effective sample size, ``(sum w)**2 / sum(w**2)``.
    scale_min, scale_max : DataArray (item)
        Ends of each item's answer scale.

    References
    ----------
    Kish (1965), Survey Sampling, for the effective sample size.
    """

    mean: xr.DataArray
    cov: xr.DataArray
    n_obs: xr.DataArray
    weight_sum: xr.DataArray
    n_effective: xr.DataArray
    scale_min: xr.DataArray
    scale_max: xr.DataArray

    def __repr__(self) -> str:
        parts = [
            counted(len(self.items), "item"),
            *batch_words({dim: self.cov.sizes[dim] for dim in self.batch_dims}),
            sample_words(self.n_obs, self.n_effective),
        ]
        return f"Moments({'; '.join(parts)})"

    def _repr_html_(self) -> str:
        return as_html(repr(self))

    @classmethod
    def from_table(
        cls,
        *,
        mean: ArrayLike | xr.DataArray,
        cov: ArrayLike | xr.DataArray,
        n_obs: ArrayLike | xr.DataArray,
        items: Sequence[str] | None = None,
        weight_sum: xr.DataArray | None = None,
        scale_min: float | Mapping[str, float] = 1.0,
        scale_max: float | Mapping[str, float] = 10.0,
    ) -> Self:
        """Take moments from a table, published or computed elsewhere.

        Parameters
        ----------
        mean : array (K,) or DataArray (..., item)
            Item means.
        cov : array (K, K) or DataArray (..., item, item_2)
            Item covariances.
        n_obs : int or DataArray (...)
            Sample size.
        items : sequence of str, optional
            Names of the K items; needed for plain arrays.
        weight_sum : DataArray (...), optional
            Weight of each batch element when merged; by default `n_obs`.
        scale_min, scale_max : float or mapping of item to float
            Ends of the answer scales.

        Examples
        --------
        >>> moments = Moments.from_table(
        ...     items=["S1", "S2"], mean=[7.5, 8.0], cov=[[4.0, 2.0], [2.0, 3.0]], n_obs=250)
        >>> float(moments.mean.sel(item="S2"))
        8.0
        """
        if not isinstance(mean, xr.DataArray) or not isinstance(cov, xr.DataArray):
            mean, cov = _label_table(items, mean, cov)
        names = [str(name) for name in mean["item"].values]
        sizes = n_obs if isinstance(n_obs, xr.DataArray) else xr.DataArray(np.asarray(n_obs))
        weights = sizes.astype(float) if weight_sum is None else weight_sum
        return cls(
            mean=mean,
            cov=cov,
            n_obs=sizes,
            weight_sum=weights,
            n_effective=sizes.astype(float),
            scale_min=_scale_end(scale_min, names),
            scale_max=_scale_end(scale_max, names),
        )

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the items."""
        return tuple(map(str, self.mean.indexes["item"]))

    @property
    def batch_dims(self) -> tuple[Hashable, ...]:
        """Leading dimensions of the covariances, such as ``("draw", "city")``."""
        return tuple(dim for dim in self.cov.dims if dim not in ("item", "item_2"))

    def select(self, items: Sequence[str]) -> Moments:
        """Return the moments of `items`, in that order.

        Raises
        ------
        DataError
            An item that the moments do not hold.
        """
        known = self.items
        if tuple(items) == known:
            return self
        position = {item: k for k, item in enumerate(known)}
        unknown = [item for item in items if item not in position]
        if unknown:
            raise DataError(
                f"the moments have no item '{unknown[0]}'; they have {', '.join(known)}",
                item=unknown[0],
            )
        places = [position[item] for item in items]
        return replace(
            self,
            mean=self.mean.isel(item=places),
            cov=self.cov.isel(item=places, item_2=places),
            scale_min=self.scale_min.isel(item=places),
            scale_max=self.scale_max.isel(item=places),
        )

    def sel(self, **labels: Any) -> Moments:
        """Select batch elements by label, as in ``moments.sel(city="linjiang")``."""

        def pick(array: xr.DataArray) -> xr.DataArray:
            known = {dim: label for dim, label in labels.items() if dim in array.dims}
            return array.sel(known).drop_vars(list(known), errors="ignore")

        return replace(
            self,
            mean=pick(self.mean),
            cov=pick(self.cov),
            n_obs=pick(self.n_obs),
            weight_sum=pick(self.weight_sum),
            n_effective=pick(self.n_effective),
        )

    def merge(self, dim: str) -> Moments:
        """Merge the samples along `dim` into one, each with its total weight."""
        return merge_moments([self.sel(**{dim: label}) for label in self.mean[dim].values])


def merge_moments(parts: Sequence[Moments]) -> Moments:
    r"""Merge the moments of several samples into those of all their rows.

    With weights :math:`W_c` and :math:`W = \sum W_c`, the mean is
    :math:`\sum W_c m_c / W` and the covariance, before the factor
    :math:`n / (n - 1)`, :math:`\sum W_c (C_c + (m_c - m)(m_c - m)') / W`.

    Parameters
    ----------
    parts : sequence of Moments
        Of the same items; leading dimensions are aligned by name.

    Returns
    -------
    Moments
        Equal to the moments of the stacked rows, to rounding; an answer scale
        reaches as far as those of all parts.

    Raises
    ------
    DataError
        No parts, or parts of different items or labels of a dimension.

    Examples
    --------
    >>> one = Moments.from_table(items=["S"], mean=[6.0], cov=[[1.0]], n_obs=10)
    >>> two = Moments.from_table(items=["S"], mean=[8.0], cov=[[1.0]], n_obs=30)
    >>> merge_moments([one, two]).mean.item()
    7.5
    """
    parts = _of_same_items(parts)
    first = parts[0]
    total = sum((part.weight_sum for part in parts[1:]), first.weight_sum)
    mean = _weighted_sum([(part.weight_sum, part.mean) for part in parts]) / total
    scatter = _weighted_sum([(part.weight_sum, _spread(part, mean)) for part in parts]) / total
    n_obs = sum((part.n_obs for part in parts[1:]), first.n_obs)
    factor = n_obs / (n_obs - 1).where(n_obs > 1)
    squares = _weighted_sum(
        [(part.weight_sum / part.n_effective, part.weight_sum) for part in parts]
    )
    return replace(
        first,
        mean=mean.transpose(..., "item"),
        cov=(scatter * factor).transpose(..., "item", "item_2"),
        n_obs=n_obs,
        weight_sum=total,
        n_effective=total**2 / squares,
        scale_min=first.scale_min.copy(data=np.fmin.reduce([part.scale_min for part in parts])),
        scale_max=first.scale_max.copy(data=np.fmax.reduce([part.scale_max for part in parts])),
    )


def _spread(part: Moments, mean: xr.DataArray) -> xr.DataArray:
    deviation = part.mean - mean
    within = part.cov * ((part.n_obs - 1) / part.n_obs)
    if not bool((part.n_obs > 1).all()):
        # One row has no covariance, and nothing to add but its distance from the mean.
        within = within.where(part.n_obs > 1, 0.0)
    return within + deviation * deviation.rename(item="item_2")


def _of_same_items(parts: Sequence[Moments]) -> list[Moments]:
    """Put the items of all parts in one order; refuse what cannot be merged."""
    require_same_items([part.items for part in parts])
    require_same_labels(
        [{str(d): part.cov[d].to_numpy() for d in part.batch_dims} for part in parts]
    )
    return [part.select(parts[0].items) for part in parts]


def _weighted_sum(pairs: Sequence[tuple[xr.DataArray, xr.DataArray]]) -> xr.DataArray:
    first, *others = [(weight * values).where(weight != 0, 0.0) for weight, values in pairs]
    return sum(others, first)


def _label_table(
    items: Sequence[str] | None, mean: ArrayLike, cov: ArrayLike
) -> tuple[xr.DataArray, xr.DataArray]:
    if items is None:
        raise DataError("moments from plain arrays need the items' names; give items=[...]")
    names = list(items)
    return (
        xr.DataArray(np.asarray(mean, dtype=float), [("item", names)]),
        xr.DataArray(np.asarray(cov, dtype=float), [("item", names), ("item_2", names)]),
    )


def _scale_end(end: float | Mapping[str, float], names: Sequence[str]) -> xr.DataArray:
    values = [float(end[name]) if isinstance(end, Mapping) else float(end) for name in names]
    return xr.DataArray(values, coords={"item": list(names)}, dims=["item"])
