"""Figures of a study: tidy frames to pictures in the house style."""

from csat_models.report.diagram import plot_path_diagram
from csat_models.report.figures.answers import (
    plot_distributions,
    plot_item_profile,
    plot_unit_profiles,
)
from csat_models.report.figures.covariance import plot_paths_by_method
from csat_models.report.figures.field import (
    plot_interviewers,
    plot_margins,
    plot_missing_by_unit,
    plot_mode_effects,
)
from csat_models.report.figures.groups import (
    plot_drift,
    plot_group_differences,
    plot_group_index,
    plot_invariance,
)
from csat_models.report.figures.index import (
    plot_index,
    plot_index_by_unit,
    plot_lead,
    plot_rank_probability,
)
from csat_models.report.figures.interactions import plot_simple_slopes
from csat_models.report.figures.measurement import plot_htmt, plot_loadings, plot_reliability
from csat_models.report.figures.planning import plot_detectable, plot_path_power
from csat_models.report.figures.priorities import plot_combined_map, plot_priorities
from csat_models.report.figures.sample import (
    plot_answers,
    plot_item_means,
    plot_missing,
    plot_profile,
)
from csat_models.report.figures.segments import plot_segment_paths, plot_segment_profile
from csat_models.report.figures.standing import plot_standing
from csat_models.report.figures.structure import plot_paths, plot_total_effects
from csat_models.report.figures.trend import plot_change, plot_trend
from csat_models.report.figures.validity import (
    plot_cvpat,
    plot_effect_sizes,
    plot_prediction,
    plot_ratio_limits,
)

__all__ = [
    "plot_answers",
    "plot_change",
    "plot_combined_map",
    "plot_cvpat",
    "plot_detectable",
    "plot_distributions",
    "plot_drift",
    "plot_effect_sizes",
    "plot_group_differences",
    "plot_group_index",
    "plot_htmt",
    "plot_index",
    "plot_index_by_unit",
    "plot_interviewers",
    "plot_invariance",
    "plot_item_means",
    "plot_item_profile",
    "plot_lead",
    "plot_loadings",
    "plot_margins",
    "plot_missing",
    "plot_missing_by_unit",
    "plot_mode_effects",
    "plot_path_diagram",
    "plot_path_power",
    "plot_paths",
    "plot_paths_by_method",
    "plot_prediction",
    "plot_priorities",
    "plot_profile",
    "plot_rank_probability",
    "plot_ratio_limits",
    "plot_reliability",
    "plot_segment_paths",
    "plot_segment_profile",
    "plot_simple_slopes",
    "plot_standing",
    "plot_total_effects",
    "plot_trend",
    "plot_unit_profiles",
]
