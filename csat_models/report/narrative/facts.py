"""What the report's own prose must know of a study, and what it says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csat_models.report import numbers
from csat_models.report.language import Wording

FACTORS = ("covariance", "measurement_invariance")
"""Method topics of a model of factors."""

COMPARED = ("lead",)
RANKED = ("rank",)
REPEATED = ("trend", "change")
GROUPED = ("invariance", "group_differences", "measurement_invariance")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What the prose must know of a study.

    Attributes
    ----------
    year : int or str
        The wave reported on.
    years : tuple
        All waves, the first to the last.
    constructs : tuple of str
        The model's constructs, in model order.
    n_items : int
        The model's items.
    n_obs : int
        Respondents of the wave.
    n_units : int
        Units of the wave; 0 without units.
    unit : str
        The column of units.
    by, ours, theirs : str or None
        Column and values of the operators; None without a competitor.
    n_boot : int
        Bootstrap draws.
    level : float
        Confidence level.
    weights : {"pooled", "own", "fixed"}
        Which weights the index has.
    scheme : {"path", "centroid", "factorial"}
        Inner weighting scheme.
    missing : {"mean", "listwise"}
        What is done with missing answers.
    interval : str
        Kind of the intervals of loadings, paths and effects.
    designed : bool
        Whether sampling units are drawn within strata.
    persons : bool
        Whether persons are resampled, not rows.
    standardised : bool
        Whether items are standardised before weights are sought.
    weighted : bool
        Whether survey weights are used.
    consistent : bool
        Whether reflective constructs are corrected (consistent PLS).
    interactions : {"", "two_stage", "product_indicator", "orthogonal"}
        How products of constructs are measured; empty without any.
    factors : bool
        Whether every construct can be a factor with items of its own.
    published : bool
        Whether the model is one of the catalogue's, of the ACSI family.
    screened : {"all", "unflagged"}
        Which rows count in the main result.
    groups : tuple of str
        Attributes whose groups are compared.
    replicates : {"fixed", "bootstrap", "jackknife", "columns"}
        Which weights the draws have.
    tolerance : float
        Largest change of a weight at which the iteration stops.
    seed : int
        Of the random numbers.
    software : str
        Programs and versions; empty where they are not told.
    """

    year: int | str
    years: tuple[int | str, ...]
    constructs: tuple[str, ...]
    n_items: int
    n_obs: int
    n_units: int = 0
    unit: str = "city"
    by: str | None = None
    ours: str | None = None
    theirs: str | None = None
    n_boot: int = 5000
    level: float = 0.95
    weights: str = "pooled"
    scheme: str = "path"
    missing: str = "mean"
    interval: str = "percentile"
    designed: bool = False
    persons: bool = True
    standardised: bool = True
    weighted: bool = False
    consistent: bool = False
    interactions: str = ""
    factors: bool = True
    published: bool = True
    screened: str = "all"
    groups: tuple[str, ...] = ()
    replicates: str = "fixed"
    tolerance: float = 1e-9
    seed: int = 0
    software: str = ""

    def applies(self, topic: str) -> bool:
        """Whether a method topic has something to do in this study."""
        own = {
            "model_family": self.published,
            "consistent": self.consistent,
            "interactions": bool(self.interactions),
            "covariance": self.factors,
            "weighting": self.weighted,
            "replication": bool(self.software),
        }
        if topic in own:
            return own[topic]
        if topic in FACTORS and not self.factors:
            return False
        if topic in GROUPED:
            compared = topic != "measurement_invariance" and bool(self.groups)
            return compared or self.theirs is not None or len(self.years) > 1
        if topic in COMPARED:
            return self.theirs is not None
        if topic in RANKED:
            return self.n_units > 1
        return len(self.years) > 1 if topic in REPEATED else True


def said_of(words: Wording, facts: StudyFacts) -> dict[str, str]:
    """Return what the sentences on a study insert: its facts, in a language.

    Parameters
    ----------
    words : Wording
        The language.
    facts : StudyFacts
        The study.
    """
    by = facts.by or ""
    return {
        "year": str(facts.year),
        "first": str(facts.years[0]),
        "last": str(facts.years[-1]),
        "waves": words.count("wave", len(facts.years)),
        "constructs": words.join([words.label(name) for name in facts.constructs]),
        "n_constructs": words.count("construct", len(facts.constructs)),
        "n_items": words.count("item", facts.n_items),
        "respondents": words.count("respondent", facts.n_obs),
        "units": words.count(facts.unit, facts.n_units),
        "ours": words.value(by, facts.ours) if facts.ours else "",
        "theirs": words.value(by, facts.theirs) if facts.theirs else "",
        "n_boot": numbers.integer(facts.n_boot),
        "level": numbers.level(facts.level),
        "weights": words.say(f"weights.{facts.weights}"),
        "scheme": words.say(f"scheme.{facts.scheme}"),
        "resampled": words.say(f"resampled.{_resampled(facts)}"),
        "changed": words.say("question.changed") if len(facts.years) > 1 else "",
        "trend": words.say("question.trend") if len(facts.years) > 1 else "",
        "weighted": words.say("question.weighted") if facts.weighted else "",
        "items": words.say("metric.standardised" if facts.standardised else "metric.raw"),
        "missing": words.say(f"missing.{facts.missing}"),
        "products": words.say(f"products.{facts.interactions}") if facts.interactions else "",
        "tolerance": np.format_float_scientific(facts.tolerance, trim="-", exp_digits=1),
        "seed": str(facts.seed),
        "software": facts.software,
        "screened": words.say(f"screened.{facts.screened}"),
        "replicated": words.say(f"replicated.{facts.replicates}"),
        "interval_kind": words.say(
            f"interval_kind.{facts.interval}", level=numbers.level(facts.level)
        ),
    }


def _resampled(facts: StudyFacts) -> str:
    if facts.designed or not facts.persons:
        return "design" if facts.designed else "rows"
    return "persons" if len(facts.years) > 1 else "persons_once"
