"""Floor 3: from moments to estimates, and their intervals."""

from csat_models.estimation.composites import item_weights
from csat_models.estimation.consistent import Violation
from csat_models.estimation.covariance import (
    CovarianceFit,
    covariance_estimates,
    covariance_fit_measures,
    difference_test,
    fit_covariance,
    modification_indices,
    parameter_table,
    release_indices,
    robust_fit,
)
from csat_models.estimation.diagnostics.endogeneity import hausman_test, two_stage_least_squares
from csat_models.estimation.diagnostics.influence import influence, influential
from csat_models.estimation.diagnostics.score_regressions import gaussian_copula, reset_test
from csat_models.estimation.draws.designs import Design, replicate_moments, replicate_standard_error
from csat_models.estimation.draws.jackknifing import jackknife, jackknife_moments
from csat_models.estimation.draws.leave_outs import acceleration, jackknife_standard_error
from csat_models.estimation.draws.ledger import DrawLedger, draw_ledger
from csat_models.estimation.draws.permutation import permutation_p_value, permute_groups
from csat_models.estimation.draws.reduction import DrawStatistics
from csat_models.estimation.draws.resampling import (
    bootstrap,
    bootstrap_moments,
    merged_draws,
    resample_cells,
)
from csat_models.estimation.draws.sample_parts import SampleParts
from csat_models.estimation.draws.streaming import compute_parts, stream_moments, stream_parts
from csat_models.estimation.effects import (
    indirect_effects,
    specific_indirect_effects,
    total_effects,
    variance_accounted_for,
)
from csat_models.estimation.estimates import Estimates, fit, fit_moments
from csat_models.estimation.intervals.inference import interval, p_value, tidy
from csat_models.estimation.intervals.simultaneous import simultaneous_interval
from csat_models.estimation.intervals.studentisation import draw_standard_errors
from csat_models.estimation.moments import Moments, merge_moments
from csat_models.estimation.products import add_product_items
from csat_models.estimation.row_moments import compute_moments
from csat_models.estimation.scores import scores
from csat_models.estimation.settings import Settings
from csat_models.estimation.slopes import product_coefficients, simple_slopes, turning_point

__all__ = [
    "CovarianceFit",
    "Design",
    "DrawLedger",
    "DrawStatistics",
    "Estimates",
    "Moments",
    "SampleParts",
    "Settings",
    "Violation",
    "acceleration",
    "add_product_items",
    "bootstrap",
    "bootstrap_moments",
    "compute_moments",
    "compute_parts",
    "covariance_estimates",
    "covariance_fit_measures",
    "difference_test",
    "draw_ledger",
    "draw_standard_errors",
    "fit",
    "fit_covariance",
    "fit_moments",
    "gaussian_copula",
    "hausman_test",
    "indirect_effects",
    "influence",
    "influential",
    "interval",
    "item_weights",
    "jackknife",
    "jackknife_moments",
    "jackknife_standard_error",
    "merge_moments",
    "merged_draws",
    "modification_indices",
    "p_value",
    "parameter_table",
    "permutation_p_value",
    "permute_groups",
    "product_coefficients",
    "release_indices",
    "replicate_moments",
    "replicate_standard_error",
    "resample_cells",
    "reset_test",
    "robust_fit",
    "scores",
    "simple_slopes",
    "simultaneous_interval",
    "specific_indirect_effects",
    "stream_moments",
    "stream_parts",
    "tidy",
    "total_effects",
    "turning_point",
    "two_stage_least_squares",
    "variance_accounted_for",
]
