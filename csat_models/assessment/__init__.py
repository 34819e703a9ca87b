"""Floor 4: is the model any good."""

from csat_models.assessment.common_method import (
    full_collinearity_vif,
    marker_adjusted,
    marker_controlled_paths,
)
from csat_models.assessment.comparison import (
    akaike_weights,
    compare_models,
    information_criteria,
    saturated_model,
)
from csat_models.assessment.covariance_fit import covariance_fit_table
from csat_models.assessment.discriminant import (
    cross_loading_margin,
    cross_loadings,
    fornell_larcker,
    fornell_larcker_margin,
    htmt,
    htmt2,
)
from csat_models.assessment.exact_fit import exact_fit_test
from csat_models.assessment.fit import d_g, d_uls, fit_measures, implied_correlations, srmr
from csat_models.assessment.formative import (
    indicator_vif,
    redundancy_analysis,
    weight_p_values,
)
from csat_models.assessment.measurement import (
    average_variance_extracted,
    composite_reliability,
    cronbach_alpha,
    indicator_reliability,
    reliability,
    rho_a,
)
from csat_models.assessment.measurement_invariance import measurement_invariance
from csat_models.assessment.prediction import Prediction, cvpat, plspredict
from csat_models.assessment.reconciliation import reconcile
from csat_models.assessment.structure import (
    adjusted_r_squared,
    effect_size,
    goodness_of_fit,
    inner_vif,
)
from csat_models.assessment.table import assessment_table

__all__ = [
    "Prediction",
    "adjusted_r_squared",
    "akaike_weights",
    "assessment_table",
    "average_variance_extracted",
    "compare_models",
    "composite_reliability",
    "covariance_fit_table",
    "cronbach_alpha",
    "cross_loading_margin",
    "cross_loadings",
    "cvpat",
    "d_g",
    "d_uls",
    "effect_size",
    "exact_fit_test",
    "fit_measures",
    "fornell_larcker",
    "fornell_larcker_margin",
    "full_collinearity_vif",
    "goodness_of_fit",
    "htmt",
    "htmt2",
    "implied_correlations",
    "indicator_reliability",
    "indicator_vif",
    "information_criteria",
    "inner_vif",
    "marker_adjusted",
    "marker_controlled_paths",
    "measurement_invariance",
    "plspredict",
    "reconcile",
    "redundancy_analysis",
    "reliability",
    "rho_a",
    "saturated_model",
    "srmr",
    "weight_p_values",
]
