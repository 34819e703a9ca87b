"""What is wrong with the handling of answers that a params file declares, given the codebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from csat_models.errors import CodebookError, DataError
from csat_models.survey import CheckRules, Codebook
from csat_models.survey.checking.checks import SEVERITY
from csat_models.survey.checking.expressions import Expression
from csat_models.survey.codebooks.questions import list_values
from csat_models.survey.screening.screening import EXCLUDES
from csat_models.survey.weighting.margins import Margin, parse_margins
from csat_models.survey.weighting.replicate_columns import (
    matching_columns,
    numeric_attributes,
    replicate_scale,
)
from csat_models.survey.weighting.replicates import FEWEST
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.handling import ReplicateColumns, Weighting

# Reading refuses what violates the other rules, since no result could be made from it.
_OPEN = ("whole", "impossible")

_HARMLESS = ("straight_line_top", "longest_run", "low_variability", "outlier", "nonresponse")
_FLAGS = (*EXCLUDES, *_HARMLESS)


def handling_violations(params: StudyParams, codebook: Codebook) -> Iterator[tuple[str, str]]:
    """Yield (key, what is allowed) for checks, screening and weighting.

    Parameters
    ----------
    params : StudyParams
    codebook : Codebook
        Of the same study.
    """
    yield from _check_violations(params, codebook)
    yield from _screening_violations(params, codebook)
    yield from _weighting_violations(params, codebook)


def weight_of(params: StudyParams, codebook: Codebook) -> str | None:
    """Return the column of survey weights that a study's answers have, if any."""
    made = params.weighting is not None and params.weighting.makes_weights
    return codebook.weight or ("weight" if made else None)


def _check_violations(params: StudyParams, codebook: Codebook) -> Iterator[tuple[str, str]]:
    checks = params.checks
    yield from _condition_violations("checks.impossible", checks.impossible, codebook)
    named = [*SEVERITY, *(f"impossible:{name}" for name in checks.impossible)]
    for rule, severity in checks.severity.items():
        kind = rule.partition(":")[0]
        if rule not in named:
            yield "checks.severity", f"a mapping of rules: {', '.join(named)}"
        elif severity == "warning" and kind not in _OPEN:
            yield (
                "checks.severity",
                f"'error' for '{rule}', because answers that violate it cannot be read",
            )
    CheckRules(codebook=codebook, impossible=checks.impossible, severity=checks.severity)


def _condition_violations(
    key: str, conditions: Mapping[str, str], codebook: Codebook
) -> Iterator[tuple[str, str]]:
    for name, text in conditions.items():
        try:
            Expression.parse(text, codebook.columns)
        except CodebookError as error:
            yield key, f"a mapping of conditions that can be read, and in '{name}' {error}"


def _screening_violations(params: StudyParams, codebook: Codebook) -> Iterator[tuple[str, str]]:
    rules, at = params.screening, "screening"
    declared = _attributes(params, codebook)
    for key in ("interviewer", "duration", "mode"):
        if getattr(rules, key) not in {None, *codebook.attributes}:
            yield f"{at}.{key}", declared
    for key in ("within", "blocks"):
        if not set(getattr(rules, key) or ()) <= set(codebook.attributes):
            yield f"{at}.{key}", f"a list of attributes; each is {declared}"
    for key, names in (("items", rules.items or ()), ("attention", tuple(rules.attention))):
        if not set(names) <= set(codebook.items):
            yield f"{at}.{key}", f"of items that {params.data.codebook} declares"
    yield from _condition_violations(f"{at}.impossible", rules.impossible, codebook)
    if not set(rules.excludes) <= set(_FLAGS):
        yield f"{at}.excludes", f"a list of flags: {', '.join(_FLAGS)}"


def _weighting_violations(params: StudyParams, codebook: Codebook) -> Iterator[tuple[str, str]]:
    weighting = params.weighting
    if weighting is None:
        return
    if not weighting.makes_weights and codebook.weight is None:
        yield "weighting.use", f"margins, because {params.data.codebook} declares no weight"
    if params.estimation.weights is False and weighting.makes_weights:
        yield "estimation.weights", "true or absent, because 'weighting' makes weights"
    if codebook.weight is None and "weight" in codebook.columns:
        yield "weighting", "absent, or the codebook must call its column 'weight' its weight"
    for name in weighting.by:
        if name not in codebook.attributes:
            yield "weighting.by", f"a list of attributes; each is {_attributes(params, codebook)}"
    if weighting.base not in {None, *codebook.columns}:
        yield "weighting.base", f"a column that {params.data.codebook} declares"
    yield from _replicate_violations(params, weighting, codebook)
    try:
        parsed = parse_margins(weighting.margins) if weighting.margins else ()
    except DataError as error:
        yield "weighting.margins", f"a mapping that can be read, and {error}"
        return
    for margin in parsed:
        yield from _margin_violations(margin, params, codebook)


def _replicate_violations(
    params: StudyParams, weighting: Weighting, codebook: Codebook
) -> Iterator[tuple[str, str]]:
    replicates, at = weighting.replicates, "weighting.replicates"
    if replicates is None:
        return
    if params.estimation.weights is False:
        yield "estimation.weights", "true or absent, because there are replicate weights"
    if params.bootstrap.interval == "bca":
        yield (
            "bootstrap.interval",
            "another than bca, because replicate weights tell of no acceleration",
        )
    if not isinstance(replicates, ReplicateColumns):
        if not weighting.makes_weights:
            yield at, "a mapping of columns of the file, because 'weighting.use' is codebook"
        return
    if weighting.makes_weights and weighting.trim is not None:
        yield "weighting.trim", "absent, because replicates of the file are raked untrimmed"
    found = matching_columns(replicates.columns, numeric_attributes(codebook))
    if len(found) < FEWEST:
        yield (
            f"{at}.columns",
            f"a pattern or list of two numeric attributes or more that {params.data.codebook} "
            f"declares; it finds {len(found)}",
        )
        return
    try:
        replicate_scale(replicates.method, len(found), rho=replicates.rho, scale=replicates.scale)
    except DataError as error:
        yield f"{at}.method", f"one that has what it needs: {error}"


def _margin_violations(
    margin: Margin, params: StudyParams, codebook: Codebook
) -> Iterator[tuple[str, str]]:
    for place, column in enumerate(margin.columns):
        if column not in codebook.attributes:
            allowed = (
                f"a mapping whose names are attributes; each is {_attributes(params, codebook)}"
            )
            yield "weighting.margins", allowed
            return
        known = codebook.attributes[column].labels
        strange = [level[place] for level in margin.levels if known and level[place] not in known]
        if strange:
            yield (
                "weighting.margins",
                f"a mapping with values of '{column}', as codes: {list_values(known)}; "
                f"'{strange[0]}' is none",
            )


def _attributes(params: StudyParams, codebook: Codebook) -> str:
    return f"an attribute that {params.data.codebook} declares: {', '.join(codebook.attributes)}"
