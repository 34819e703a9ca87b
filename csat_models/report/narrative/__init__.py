"""Sentences of a study, written from its numbers in Chinese and English."""

from csat_models.report.narrative.answers import (
    filtered,
    item_profile,
    little,
    missing_patterns,
    open_answers,
)
from csat_models.report.narrative.bridges import bridges
from csat_models.report.narrative.chapters import (
    METHODS,
    abstract,
    chapter_methods,
    chapter_title,
    introduction,
    keywords,
    method,
    methods,
)
from csat_models.report.narrative.comparability import drift, invariance
from csat_models.report.narrative.covariance import (
    covariance_fit,
    measurement_invariance,
    modifications,
    reconciliation,
)
from csat_models.report.narrative.facts import StudyFacts
from csat_models.report.narrative.field import (
    checks,
    flags,
    interviewers,
    margins,
    mode_effects,
    raw_data,
    weights,
)
from csat_models.report.narrative.groups import group_differences, group_index, group_sizes
from csat_models.report.narrative.index import (
    index_by_construct,
    index_level,
    lead,
    rank_uncertainty,
    undivided_index,
)
from csat_models.report.narrative.inference import draws, mediation, simultaneous
from csat_models.report.narrative.interactions import interactions
from csat_models.report.narrative.measurement import (
    discriminant_validity,
    fornell_larcker,
    loadings,
    reliability,
)
from csat_models.report.narrative.model_quality import (
    alternatives,
    fit,
    prediction,
    structure_quality,
)
from csat_models.report.narrative.planning import detectable, path_power
from csat_models.report.narrative.priorities import (
    combined_map,
    necessary_conditions,
    priorities,
)
from csat_models.report.narrative.sample import items, missing, other_scales, profile, sample_size
from csat_models.report.narrative.screened import (
    flag_rates,
    flagged_compared,
    flagged_leads,
    flagged_paths,
    interviewer_variance,
)
from csat_models.report.narrative.segments import (
    segment_agreement,
    segment_differences,
    segment_members,
    segments,
)
from csat_models.report.narrative.sentences import absent, remark, tell
from csat_models.report.narrative.structure import drivers, group_paths, total_effects
from csat_models.report.narrative.trend import change, trend
from csat_models.report.narrative.validity import (
    assessment,
    common_method,
    indicators,
    ratios,
)

__all__ = [
    "METHODS",
    "StudyFacts",
    "absent",
    "abstract",
    "alternatives",
    "assessment",
    "bridges",
    "change",
    "chapter_methods",
    "chapter_title",
    "checks",
    "combined_map",
    "common_method",
    "covariance_fit",
    "detectable",
    "discriminant_validity",
    "draws",
    "drift",
    "drivers",
    "filtered",
    "fit",
    "flag_rates",
    "flagged_compared",
    "flagged_leads",
    "flagged_paths",
    "flags",
    "fornell_larcker",
    "group_differences",
    "group_index",
    "group_paths",
    "group_sizes",
    "index_by_construct",
    "index_level",
    "indicators",
    "interactions",
    "interviewer_variance",
    "interviewers",
    "introduction",
    "invariance",
    "item_profile",
    "items",
    "keywords",
    "lead",
    "little",
    "loadings",
    "margins",
    "measurement_invariance",
    "mediation",
    "method",
    "methods",
    "missing",
    "missing_patterns",
    "mode_effects",
    "modifications",
    "necessary_conditions",
    "open_answers",
    "other_scales",
    "path_power",
    "prediction",
    "priorities",
    "profile",
    "rank_uncertainty",
    "ratios",
    "raw_data",
    "reconciliation",
    "reliability",
    "remark",
    "sample_size",
    "segment_agreement",
    "segment_differences",
    "segment_members",
    "segments",
    "simultaneous",
    "structure_quality",
    "tell",
    "total_effects",
    "trend",
    "undivided_index",
    "weights",
]
