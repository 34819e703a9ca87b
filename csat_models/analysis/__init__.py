"""Floor 5: what the annual study asks."""

from csat_models.analysis.benchmark import (
    change,
    lead,
    probability_positive,
    rank,
    rank_interval,
    rank_probability,
)
from csat_models.analysis.index import (
    index_deviation,
    index_impact,
    satisfaction_index,
    unstandardised_weights,
    weight_shares,
)
from csat_models.analysis.scores import index_scores

__all__ = [
    "change",
    "index_deviation",
    "index_impact",
    "index_scores",
    "lead",
    "probability_positive",
    "rank",
    "rank_interval",
    "rank_probability",
    "satisfaction_index",
    "unstandardised_weights",
    "weight_shares",
]
