"""Floor 2: survey data, from the raw file to validated responses."""

from csat_models.survey.codebook import Attribute, Codebook, Item, Text
from csat_models.survey.reading import parse_survey, read_package_data, read_survey
from csat_models.survey.responses import Responses
from csat_models.survey.validation import check_responses

__all__ = [
    "Attribute",
    "Codebook",
    "Item",
    "Responses",
    "Text",
    "check_responses",
    "parse_survey",
    "read_package_data",
    "read_survey",
]
