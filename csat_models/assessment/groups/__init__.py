"""Are groups comparable, and do they differ: invariance and multi-group analysis."""

from csat_models.assessment.groups.distance import distance_table, distance_test
from csat_models.assessment.groups.invariance import micom, micom_table
from csat_models.assessment.groups.multigroup import (
    compare_draws,
    compare_groups,
    compare_values,
)
from csat_models.assessment.groups.pairs import adjusted_p_values, pair_differences

__all__ = [
    "adjusted_p_values",
    "compare_draws",
    "compare_groups",
    "compare_values",
    "distance_table",
    "distance_test",
    "micom",
    "micom_table",
    "pair_differences",
]
