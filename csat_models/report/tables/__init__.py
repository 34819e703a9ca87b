"""Tables of a study: tidy frames to finished text."""

from csat_models.report.tables.alternatives import alternatives_table
from csat_models.report.tables.answers import (
    example_tables,
    filtered_table,
    missing_pattern_table,
    open_answer_table,
)
from csat_models.report.tables.covariance import (
    covariance_fit_table,
    covariance_loadings_table,
    covariance_paths_table,
    measurement_invariance_table,
    modification_table,
    release_tables,
)
from csat_models.report.tables.field import (
    file_table,
    flag_table,
    interviewer_table,
    margin_table,
    response_flow_table,
    violation_tables,
    weight_table,
)
from csat_models.report.tables.groups import (
    drift_table,
    group_differences_table,
    group_index_table,
    group_sizes_table,
    invariance_table,
)
from csat_models.report.tables.index import index_table, lead_table, unit_index_table
from csat_models.report.tables.inference import (
    draws_table,
    indirect_effects_table,
    mediation_table,
)
from csat_models.report.tables.instrument import constructs_table, questionnaire_table
from csat_models.report.tables.interactions import simple_slopes_table
from csat_models.report.tables.measurement import (
    construct_correlation_table,
    htmt_table,
    loadings_table,
    reliability_table,
)
from csat_models.report.tables.model_quality import (
    cvpat_table,
    fit_table,
    prediction_table,
    structure_quality_table,
)
from csat_models.report.tables.planning import detectable_table, path_power_table
from csat_models.report.tables.priorities import (
    bottleneck_table,
    combined_map_table,
    necessity_table,
    priorities_table,
)
from csat_models.report.tables.reconciliation import reconciliation_table
from csat_models.report.tables.sample import (
    cell_size_table,
    item_table,
    log_table,
    profile_table,
    sample_flow_table,
)
from csat_models.report.tables.screened import (
    flag_rate_table,
    index_comparison_table,
    interviewer_variance_table,
    lead_comparison_table,
    path_coefficient_comparison_table,
    wave_handling_table,
)
from csat_models.report.tables.segments import (
    segment_criteria_table,
    segment_paths_table,
    segment_profile_table,
    segment_separation_table,
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
from csat_models.report.tables.summary import (
    Basis,
    discriminant_table,
    measurement_model_table,
    structural_model_table,
)
from csat_models.report.tables.trend import change_table, trend_table
from csat_models.report.tables.validity import (
    assessment_overview_table,
    criteria_table,
    cross_loadings_table,
    formative_table,
    indicators_table,
    ratio_limits_table,
)

__all__ = [
    "Basis",
    "alternatives_table",
    "assessment_overview_table",
    "bottleneck_table",
    "cell_size_table",
    "change_table",
    "combined_map_table",
    "construct_correlation_table",
    "constructs_table",
    "covariance_fit_table",
    "covariance_loadings_table",
    "covariance_paths_table",
    "criteria_table",
    "cross_loadings_table",
    "cvpat_table",
    "detectable_table",
    "discriminant_table",
    "draws_table",
    "drift_table",
    "effects_table",
    "example_tables",
    "file_table",
    "filtered_table",
    "fit_table",
    "flag_rate_table",
    "flag_table",
    "formative_table",
    "group_differences_table",
    "group_index_table",
    "group_sizes_table",
    "htmt_table",
    "impact_table",
    "index_comparison_table",
    "index_table",
    "indicators_table",
    "indirect_effects_table",
    "interviewer_table",
    "interviewer_variance_table",
    "invariance_table",
    "item_table",
    "lead_comparison_table",
    "lead_table",
    "loadings_table",
    "log_table",
    "margin_table",
    "measurement_invariance_table",
    "measurement_model_table",
    "mediation_table",
    "missing_pattern_table",
    "modification_table",
    "necessity_table",
    "open_answer_table",
    "path_coefficient_comparison_table",
    "path_comparison_table",
    "path_power_table",
    "paths_table",
    "prediction_table",
    "priorities_table",
    "profile_table",
    "questionnaire_table",
    "r_squared_table",
    "rank_probability_table",
    "ratio_limits_table",
    "reconciliation_table",
    "release_tables",
    "reliability_table",
    "response_flow_table",
    "sample_flow_table",
    "segment_criteria_table",
    "segment_paths_table",
    "segment_profile_table",
    "segment_separation_table",
    "simple_slopes_table",
    "standing_table",
    "standing_tables",
    "structural_model_table",
    "structure_quality_table",
    "trend_table",
    "unit_index_table",
    "violation_tables",
    "wave_handling_table",
    "weight_table",
]
