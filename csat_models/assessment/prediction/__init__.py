"""Does the model predict respondents whom it has not seen."""

from csat_models.assessment.prediction.cvpat import cvpat
from csat_models.assessment.prediction.plspredict import Prediction, plspredict
from csat_models.assessment.prediction.predictors import predicted_items

__all__ = ["Prediction", "cvpat", "plspredict", "predicted_items"]
