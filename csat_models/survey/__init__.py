"""Floor 2: survey data, from the raw file to validated responses."""

from csat_models.survey.checking.checks import (
    CheckRules,
    check_table,
    require_no_errors,
    summarise_violations,
)
from csat_models.survey.checking.validation import check_responses
from csat_models.survey.codebooks.codebook import Attribute, Codebook, Item, Text
from csat_models.survey.disclosure.open_answers import strip_identifiers
from csat_models.survey.disclosure.suppression import small_cells, suppress_small_cells
from csat_models.survey.intake.batches import read_batches
from csat_models.survey.intake.reading import (
    parse_survey,
    parse_surveys,
    read_package_data,
    read_survey,
)
from csat_models.survey.intake.responses import RawFile, Responses
from csat_models.survey.missing import (
    little_test,
    missing_by_item,
    missing_by_segment,
    missing_patterns,
)
from csat_models.survey.screening.flags import compare_flagged, flag_rates, without_flagged
from csat_models.survey.screening.screening import ScreeningRules, screen
from csat_models.survey.simulated.exact_sample import exact_sample
from csat_models.survey.simulated.misconduct import Misconduct
from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulated_field import Fieldwork, MissingAtRandom
from csat_models.survey.simulated.simulated_survey import simulate_survey
from csat_models.survey.weighting.effective_size import effective_size
from csat_models.survey.weighting.replicates import replicate_weights
from csat_models.survey.weighting.weights import compute_weights, with_weights

__all__ = [
    "Attribute",
    "CheckRules",
    "Codebook",
    "Fieldwork",
    "Item",
    "Misconduct",
    "MissingAtRandom",
    "Population",
    "RawFile",
    "Responses",
    "ScreeningRules",
    "Text",
    "check_responses",
    "check_table",
    "compare_flagged",
    "compute_weights",
    "effective_size",
    "exact_sample",
    "flag_rates",
    "little_test",
    "missing_by_item",
    "missing_by_segment",
    "missing_patterns",
    "parse_survey",
    "parse_surveys",
    "read_batches",
    "read_package_data",
    "read_survey",
    "replicate_weights",
    "require_no_errors",
    "screen",
    "simulate_survey",
    "small_cells",
    "strip_identifiers",
    "summarise_violations",
    "suppress_small_cells",
    "with_weights",
    "without_flagged",
]
