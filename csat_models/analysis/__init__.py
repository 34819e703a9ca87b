"""Floor 5: what the annual study asks."""

from csat_models.analysis.benchmark import (
    change,
    lead,
    probability_positive,
    rank,
    rank_interval,
    rank_probability,
)
from csat_models.analysis.combined_map import combined_map
from csat_models.analysis.index import (
    index_deviation,
    index_impact,
    satisfaction_index,
    unstandardised_weights,
    weight_shares,
)
from csat_models.analysis.necessity import bottleneck_table, necessity
from csat_models.analysis.planning import (
    detectable_difference,
    half_width,
    power_for_difference,
    sample_size_for_difference,
    sample_size_gamma_exponential,
    sample_size_inverse_square_root,
)
from csat_models.analysis.priorities import importance, item_importance, priority_map
from csat_models.analysis.scores import index_scores
from csat_models.analysis.simulated_power import simulated_power

__all__ = [
    "bottleneck_table",
    "change",
    "combined_map",
    "detectable_difference",
    "half_width",
    "importance",
    "index_deviation",
    "index_impact",
    "index_scores",
    "item_importance",
    "lead",
    "necessity",
    "power_for_difference",
    "priority_map",
    "probability_positive",
    "rank",
    "rank_interval",
    "rank_probability",
    "sample_size_for_difference",
    "sample_size_gamma_exponential",
    "sample_size_inverse_square_root",
    "satisfaction_index",
    "simulated_power",
    "unstandardised_weights",
    "weight_shares",
]
