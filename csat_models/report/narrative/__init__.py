"""Sentences of a study, written from its numbers in Chinese and English."""

from csat_models.report.narrative.chapters import (
    METHODS,
    StudyFacts,
    abstract,
    chapter_methods,
    chapter_title,
    introduction,
    keywords,
    method,
    methods,
)
from csat_models.report.narrative.index import (
    index_by_construct,
    index_level,
    lead,
    rank_uncertainty,
)
from csat_models.report.narrative.inference import draws, mediation, simultaneous
from csat_models.report.narrative.measurement import (
    discriminant_validity,
    fornell_larcker,
    loadings,
    reliability,
)
from csat_models.report.narrative.priorities import necessary_conditions, priorities
from csat_models.report.narrative.sample import items, missing, profile, sample_size
from csat_models.report.narrative.sentences import absent, remark, tell
from csat_models.report.narrative.structure import drivers, group_paths, total_effects
from csat_models.report.narrative.trend import change, trend

__all__ = [
    "METHODS",
    "StudyFacts",
    "absent",
    "abstract",
    "change",
    "chapter_methods",
    "chapter_title",
    "discriminant_validity",
    "draws",
    "drivers",
    "fornell_larcker",
    "group_paths",
    "index_by_construct",
    "index_level",
    "introduction",
    "items",
    "keywords",
    "lead",
    "loadings",
    "mediation",
    "method",
    "methods",
    "missing",
    "necessary_conditions",
    "priorities",
    "profile",
    "rank_uncertainty",
    "reliability",
    "remark",
    "sample_size",
    "simultaneous",
    "tell",
    "total_effects",
    "trend",
]
