"""Floor 4: is the model any good."""

from csat_models.assessment.measurement import (
    average_variance_extracted,
    composite_reliability,
    cronbach_alpha,
    fornell_larcker,
    htmt,
    reliability,
    rho_a,
)

__all__ = [
    "average_variance_extracted",
    "composite_reliability",
    "cronbach_alpha",
    "fornell_larcker",
    "htmt",
    "reliability",
    "rho_a",
]
