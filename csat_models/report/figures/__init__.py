"""Figures of a study: tidy frames to pictures in the house style."""

from csat_models.report.diagram import plot_path_diagram
from csat_models.report.figures.index import (
    plot_index,
    plot_index_by_unit,
    plot_lead,
    plot_rank_probability,
)
from csat_models.report.figures.measurement import plot_htmt, plot_loadings, plot_reliability
from csat_models.report.figures.priorities import plot_priorities
from csat_models.report.figures.sample import (
    plot_answers,
    plot_item_means,
    plot_missing,
    plot_profile,
)
from csat_models.report.figures.standing import plot_standing
from csat_models.report.figures.structure import plot_paths, plot_total_effects
from csat_models.report.figures.trend import plot_change, plot_trend

__all__ = [
    "plot_answers",
    "plot_change",
    "plot_htmt",
    "plot_index",
    "plot_index_by_unit",
    "plot_item_means",
    "plot_lead",
    "plot_loadings",
    "plot_missing",
    "plot_path_diagram",
    "plot_paths",
    "plot_priorities",
    "plot_profile",
    "plot_rank_probability",
    "plot_reliability",
    "plot_standing",
    "plot_total_effects",
    "plot_trend",
]
