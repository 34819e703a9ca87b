"""Floor 3: from moments to estimates, and their intervals."""

from csat_models.estimation.effects import indirect_effects, total_effects
from csat_models.estimation.estimates import Estimates, fit, fit_moments
from csat_models.estimation.inference import interval, tidy
from csat_models.estimation.moments import Moments, compute_moments, merge_moments
from csat_models.estimation.resampling import (
    bootstrap,
    bootstrap_moments,
    merged_draws,
    resample_cells,
)
from csat_models.estimation.settings import Settings

__all__ = [
    "Estimates",
    "Moments",
    "Settings",
    "bootstrap",
    "bootstrap_moments",
    "compute_moments",
    "fit",
    "fit_moments",
    "indirect_effects",
    "interval",
    "merge_moments",
    "merged_draws",
    "resample_cells",
    "tidy",
    "total_effects",
]
