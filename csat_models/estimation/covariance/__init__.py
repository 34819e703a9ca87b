"""Covariance-based structural equation models: the same specification by maximum likelihood."""

from csat_models.estimation.covariance.fit_measures import FitMeasures, covariance_fit_measures
from csat_models.estimation.covariance.fitting import CovarianceFit, fit_covariance
from csat_models.estimation.covariance.labelled import covariance_estimates
from csat_models.estimation.covariance.modification import modification_indices, release_indices
from csat_models.estimation.covariance.parameter_estimates import parameter_table
from csat_models.estimation.covariance.robust_fit import (
    DifferenceTest,
    RobustFit,
    difference_test,
    robust_fit,
)

__all__ = [
    "CovarianceFit",
    "DifferenceTest",
    "FitMeasures",
    "RobustFit",
    "covariance_estimates",
    "covariance_fit_measures",
    "difference_test",
    "fit_covariance",
    "modification_indices",
    "parameter_table",
    "release_indices",
    "robust_fit",
]
