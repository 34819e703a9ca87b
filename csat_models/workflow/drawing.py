"""How the waves of a study are resampled, and what the draws of one are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import xarray as xr

from csat_models.estimation import Moments, Settings
from csat_models.model import PathModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How waves are resampled; the same for all waves of a study.

    Attributes
    ----------
    model : PathModel
    settings : Settings
        For the indices with a cell's own weights.
    by : tuple of str
        Columns of the units and of the brands, as far as there are any.
    brands : tuple of str or None
        Column of the brands, our value and the competitor's.
    missing : str
    weights : bool
        Whether the codebook's survey weight is used.
    n_boot, seed : int
    strata, clusters : str or None
        Columns of the sampling design.
    """

    model: PathModel
    settings: Settings
    by: tuple[str, ...]
    brands: tuple[str, str, str] | None
    missing: Any
    weights: bool
    n_boot: int
    seed: int
    strata: str | None = None
    clusters: str | None = None

    @property
    def adds_up(self) -> bool:
        """Whether the moments of cells add up to those of brands.

        Those by EM and by pairs of answers do not: they are taken of each
        brand.
        """
        return self.missing in ("mean", "listwise")

    @property
    def designed(self) -> bool:
        """Whether the sampling has strata or clusters."""
        return self.strata is not None or self.clusters is not None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaveDraws:
    """Draws of a wave: item means of its cells, moments of its brands.

    Attributes
    ----------
    cell_means : DataArray (draw, *by, item)
    brands : Moments (draw, competitor column, item)
        Units merged; without a competitor (draw, item).
    """

    cell_means: xr.DataArray
    brands: Moments
