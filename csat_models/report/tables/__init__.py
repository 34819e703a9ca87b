"""Tables of a study: tidy frames to finished text."""

from csat_models.report.tables.index import index_table, lead_table, unit_index_table
from csat_models.report.tables.inference import (
    draws_table,
    indirect_effects_table,
    mediation_table,
)
from csat_models.report.tables.measurement import (
    construct_correlation_table,
    htmt_table,
    loadings_table,
    reliability_table,
)
from csat_models.report.tables.priorities import (
    bottleneck_table,
    necessity_table,
    priorities_table,
)
from csat_models.report.tables.sample import (
    cell_size_table,
    item_table,
    log_table,
    profile_table,
    sample_flow_table,
)
from csat_models.report.tables.standing import (
    rank_probability_table,
    standing_table,
    standing_tables,
)
from csat_models.report.tables.structure import (
    effects_table,
    impact_table,
    path_comparison_table,
    paths_table,
    r_squared_table,
)
from csat_models.report.tables.trend import change_table, trend_table

__all__ = [
    "bottleneck_table",
    "cell_size_table",
    "change_table",
    "construct_correlation_table",
    "draws_table",
    "effects_table",
    "htmt_table",
    "impact_table",
    "index_table",
    "indirect_effects_table",
    "item_table",
    "lead_table",
    "loadings_table",
    "log_table",
    "mediation_table",
    "necessity_table",
    "path_comparison_table",
    "paths_table",
    "priorities_table",
    "profile_table",
    "r_squared_table",
    "rank_probability_table",
    "reliability_table",
    "sample_flow_table",
    "standing_table",
    "standing_tables",
    "trend_table",
    "unit_index_table",
]
