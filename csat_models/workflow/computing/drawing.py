"""How the waves of a study are resampled, and what the draws of one are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import xarray as xr

from csat_models.estimation import Moments, Settings
from csat_models.estimation.draws.weighted_draws import drawn_units
from csat_models.model import PathModel
from csat_models.survey import replicate_weights
from csat_models.survey.weighting.drawn_weights import MixedWeights, RakedWeights
from csat_models.survey.weighting.numbers import require_weights
from csat_models.survey.weighting.replicate_columns import read_replicates
from csat_models.survey.weighting.replicates import Calibration, Replicates
from csat_models.workflow.computing.answers import Answers
from csat_models.workflow.params.handling import ReplicateColumns


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


def weights_of_draws(
    answers: Answers, how: Resampling, *, seed: int, own_seed: int
) -> RakedWeights | MixedWeights | None:
    """Return the weights of every draw, where a wave's params declare replicates.

    Parameters
    ----------
    answers : Answers
        Of the wave.
    how : Resampling
    seed : int
        Of persons or rows that are drawn.
    own_seed : int
        Of the wave alone: replicates of two waves are taken to be independent.

    Returns
    -------
    RakedWeights, MixedWeights or None
        None where weights are held fixed.

    Raises
    ------
    DataError
        Replicates that cannot be read or made.
    """
    wanted = answers.params.weighting
    if wanted is None or wanted.replicates is None or not how.weights:
        return None
    data, column = answers.used, str(answers.weight)
    weights = require_weights(data.frame, column, data.source)
    if wanted.replicates == "bootstrap":
        design: dict[str, Any] = {"strata": how.strata, "clusters": how.clusters, "by": how.by}
        counts, unit = drawn_units(data, n_boot=how.n_boot, seed=seed, **design)
        calibration = Calibration.of(data, wanted.margins or {}, wanted.by)
        return RakedWeights(weights=weights, counts=counts, unit=unit, calibration=calibration)
    replicates = _replicates(answers, how, own_seed)
    return MixedWeights.of(replicates, weights, n_draws=how.n_boot, seed=own_seed)


def _replicates(answers: Answers, how: Resampling, seed: int) -> Replicates:
    wanted, data = answers.params.weighting, answers.used
    assert wanted is not None
    if not isinstance(wanted.replicates, ReplicateColumns):
        return replicate_weights(
            data,
            wanted.margins or {},
            kind="jackknife",
            seed=seed,
            strata=how.strata,
            clusters=how.clusters or data.codebook.respondent_id,
            base=answers.weight,
            by=wanted.by,
        )
    calibration = None
    if wanted.makes_weights:
        calibration = Calibration.of(data, wanted.margins or {}, wanted.by)
    return read_replicates(data, **wanted.replicates.model_dump(), calibration=calibration)
