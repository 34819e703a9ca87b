"""csat_models: the annual customer-satisfaction study as code.

Names are imported when they are first used::

    import csat_models as csat

    model = csat.catalogue.ecsi_mobile()
    estimates = csat.fit(data, model, scheme="centroid")
    index = csat.satisfaction_index(estimates)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from csat_models.analysis import (
        change,
        index_scores,
        lead,
        probability_positive,
        rank,
        rank_interval,
        rank_probability,
        satisfaction_index,
        unstandardised_weights,
        weight_shares,
    )
    from csat_models.assessment import (
        average_variance_extracted,
        composite_reliability,
        cronbach_alpha,
        fornell_larcker,
        htmt,
        reliability,
        rho_a,
    )
    from csat_models.errors import CsatError
    from csat_models.estimation import (
        Estimates,
        Moments,
        acceleration,
        add_product_items,
        bootstrap,
        bootstrap_moments,
        compute_moments,
        draw_ledger,
        draw_standard_errors,
        fit,
        gaussian_copula,
        hausman_test,
        indirect_effects,
        interval,
        item_weights,
        jackknife,
        jackknife_moments,
        jackknife_standard_error,
        merge_moments,
        p_value,
        permutation_p_value,
        permute_groups,
        product_coefficients,
        replicate_moments,
        replicate_standard_error,
        reset_test,
        scores,
        simultaneous_interval,
        specific_indirect_effects,
        total_effects,
        two_stage_least_squares,
        variance_accounted_for,
    )
    from csat_models.model import Construct, PathModel, catalogue
    from csat_models.survey import (
        Codebook,
        Responses,
        check_responses,
        read_package_data,
        read_survey,
    )
    from csat_models.workflow import Study

__version__ = "0.1.0"

_ROOMS = {
    "csat_models.errors": ("CsatError",),
    "csat_models.model": ("Construct", "PathModel", "catalogue"),
    "csat_models.survey": (
        "Codebook",
        "Responses",
        "check_responses",
        "read_package_data",
        "read_survey",
    ),
    "csat_models.estimation": (
        "Estimates",
        "Moments",
        "acceleration",
        "add_product_items",
        "bootstrap",
        "bootstrap_moments",
        "compute_moments",
        "draw_ledger",
        "draw_standard_errors",
        "fit",
        "gaussian_copula",
        "hausman_test",
        "indirect_effects",
        "interval",
        "item_weights",
        "jackknife",
        "jackknife_moments",
        "jackknife_standard_error",
        "merge_moments",
        "p_value",
        "permutation_p_value",
        "permute_groups",
        "product_coefficients",
        "replicate_moments",
        "replicate_standard_error",
        "reset_test",
        "scores",
        "simultaneous_interval",
        "specific_indirect_effects",
        "total_effects",
        "two_stage_least_squares",
        "variance_accounted_for",
    ),
    "csat_models.assessment": (
        "average_variance_extracted",
        "composite_reliability",
        "cronbach_alpha",
        "fornell_larcker",
        "htmt",
        "reliability",
        "rho_a",
    ),
    "csat_models.analysis": (
        "change",
        "index_scores",
        "lead",
        "probability_positive",
        "rank",
        "rank_interval",
        "rank_probability",
        "satisfaction_index",
        "unstandardised_weights",
        "weight_shares",
    ),
    "csat_models.workflow": ("Study",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "Codebook",
    "Construct",
    "CsatError",
    "Estimates",
    "Moments",
    "PathModel",
    "Responses",
    "Study",
    "acceleration",
    "add_product_items",
    "average_variance_extracted",
    "bootstrap",
    "bootstrap_moments",
    "catalogue",
    "change",
    "check_responses",
    "composite_reliability",
    "compute_moments",
    "cronbach_alpha",
    "draw_ledger",
    "draw_standard_errors",
    "fit",
    "fornell_larcker",
    "gaussian_copula",
    "hausman_test",
    "htmt",
    "index_scores",
    "indirect_effects",
    "interval",
    "item_weights",
    "jackknife",
    "jackknife_moments",
    "jackknife_standard_error",
    "lead",
    "merge_moments",
    "p_value",
    "permutation_p_value",
    "permute_groups",
    "probability_positive",
    "product_coefficients",
    "rank",
    "rank_interval",
    "rank_probability",
    "read_package_data",
    "read_survey",
    "reliability",
    "replicate_moments",
    "replicate_standard_error",
    "reset_test",
    "rho_a",
    "satisfaction_index",
    "scores",
    "simultaneous_interval",
    "specific_indirect_effects",
    "total_effects",
    "two_stage_least_squares",
    "unstandardised_weights",
    "variance_accounted_for",
    "weight_shares",
]


def __getattr__(name: str) -> object:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'csat_models' has no attribute '{name}'")
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOM_OF})
