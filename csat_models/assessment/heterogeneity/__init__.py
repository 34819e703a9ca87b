"""Segments that no column names: mixtures of structural models, and response-based units."""

from csat_models.assessment.heterogeneity.agreement import adjusted_rand
from csat_models.assessment.heterogeneity.choice import SegmentChoice, choose_segments
from csat_models.assessment.heterogeneity.fimix import fimix, fimix_criteria, fimix_mixtures
from csat_models.assessment.heterogeneity.mixture import Mixture, mixture_criteria
from csat_models.assessment.heterogeneity.profile import segment_profile
from csat_models.assessment.heterogeneity.rebus import Segmentation, group_quality, rebus

__all__ = [
    "Mixture",
    "SegmentChoice",
    "Segmentation",
    "adjusted_rand",
    "choose_segments",
    "fimix",
    "fimix_criteria",
    "fimix_mixtures",
    "group_quality",
    "mixture_criteria",
    "rebus",
    "segment_profile",
]
