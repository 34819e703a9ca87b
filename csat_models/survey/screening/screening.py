"""All flags of a survey at once, by declared rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from numbers import Real

import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.intake.responses import Responses
from csat_models.survey.screening.duplicates import flag_duplicates, flag_near_duplicates
from csat_models.survey.screening.flags import Flag, Flags
from csat_models.survey.screening.interviewer_icc import interviewer_icc
from csat_models.survey.screening.interviewers import flag_interviewers, interviewer_effects
from csat_models.survey.screening.matches import Matches, find_matches
from csat_models.survey.screening.modes import mode_effects
from csat_models.survey.screening.outliers import flag_outliers
from csat_models.survey.screening.patterns import (
    AnswerPatterns,
    answer_patterns,
    flag_longest_run,
    flag_low_variability,
    flag_straight_lines,
)
from csat_models.survey.screening.single_rows import (
    flag_attention,
    flag_impossible,
    flag_nonresponse,
    flag_speeders,
)

EXCLUDES = (
    *("duplicate", "near_duplicate", "straight_line", "speeder"),
    *("attention", "impossible", "interviewer"),
)

# Least and largest number of each rule; of a level or share next to 0 nothing is left.
_LEAST = 1e-12
_RANGES = {
    "percent_match": (_LEAST, 1.0),
    "match_by_chance": (0.0, 1.0),
    "largest_block": (2, inf),
    "delight": (0.0, 1.0),
    "longest_run": (_LEAST, 1.0),
    "variability": (0.0, inf),
    "least_seconds": (0.0, inf),
    "speed_deviations": (_LEAST, inf),
    "outlier_level": (_LEAST, 1.0 - _LEAST),
    "nonresponse": (_LEAST, 1.0),
    "interviewer_level": (_LEAST, 1.0 - _LEAST),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRules:
    """What screening looks for, and from where on it flags.

    Attributes
    ----------
    items : tuple of str or None
        Items for patterns, distances and interviewers; by default those on
        the most frequent scale that everybody is asked.
    interviewer, duration, mode : str or None
        Columns, by default those of the codebook; what needs a column that
        neither names is not looked for.
    within : tuple of str or None
        Columns, such as the city, in which interviewers and modes are
        compared; by default the codebook's unit.
    blocks : tuple of str
        Columns in which near-duplicates are looked for; by default the
        interviewer.
    percent_match : float
        Share of equal answers from which rows are near-duplicates.
    match_by_chance : float
        Share of rows that may agree so much with rows of other blocks; where
        more do, `percent_match` is raised. Exact duplicates of which more
        are expected are not flagged.
    largest_block : int
        Larger blocks are not compared.
    delight : float
        Position on the scale, 0 to 1, from which a straight line may be delight.
    longest_run : float
        Share of the items from which a run is long.
    variability : float
        Standard deviation within a row, in lengths of the scale.
    least_seconds : float or None
        A declared least duration; by default the cut is robust.
    speed_deviations : float
        Robust standard deviations below the median of the log pace.
    attention : mapping
        Column to the prescribed answer or answers.
    impossible : mapping of str to str
        Name to condition.
    outlier_level : float
        Of the chi-squared cut.
    nonresponse : float
        Share of unanswered questions.
    interviewer_level : float
        Of the adjusted p-values.
    excludes : tuple of str
        Flags whose rows are left out where flagged rows are. Never by
        default: a straight line at the top, long runs, low variability,
        outliers, non-response, all of which honest respondents have too.

    Raises
    ------
    DataError
        A number out of its range.

    Examples
    --------
    >>> ScreeningRules(duration="seconds", least_seconds=120).percent_match
    0.85
    """

    items: tuple[str, ...] | None = None
    interviewer: str | None = None
    duration: str | None = None
    mode: str | None = None
    within: tuple[str, ...] | None = None
    blocks: tuple[str, ...] = ()
    percent_match: float = 0.85
    match_by_chance: float = 0.005
    largest_block: int = 2000
    delight: float = 0.9
    longest_run: float = 0.4
    variability: float = 0.03
    least_seconds: float | None = None
    speed_deviations: float = 3.0
    attention: Mapping[str, float | Sequence[float]] = field(default_factory=dict)
    impossible: Mapping[str, str] = field(default_factory=dict)
    outlier_level: float = 0.001
    nonresponse: float = 0.3
    interviewer_level: float = 0.01
    excludes: tuple[str, ...] = EXCLUDES

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            number = isinstance(value, Real) and not isinstance(value, bool)
            if value is None and name == "least_seconds":
                continue
            if not number or not low <= value <= high:
                start = "above 0" if low == _LEAST else f"from {low:g}"
                end = "upwards" if high == inf else f"to {high:g}"
                raise DataError(
                    f"{name}={value!r} cannot be used for screening; write a number {start} {end}",
                    rule=name,
                )


def screen(responses: Responses, rules: ScreeningRules | None = None) -> Flags:
    r"""Flag rows that may not be what they seem; nothing is deleted.

    Parameters
    ----------
    responses : Responses
        n rows.
    rules : ScreeningRules, optional
        By default with the columns that the codebook names.

    Returns
    -------
    Flags
        Flags that the rules give no column or condition for are left out.

    Raises
    ------
    DataError
        No responses, or a column or an item that is not there.
    CodebookError
        An impossible combination that cannot be read.

    Examples
    --------
    >>> from csat_models.survey import Codebook, parse_survey
    >>> items = {f"S{k}": {"text": {"zh": "问", "en": "item"}} for k in range(6)}
    >>> codebook = Codebook.model_validate({"scale": [1, 10], "items": items})
    >>> rows = "S0,S1,S2,S3,S4,S5\n5,5,5,5,5,5\n10,10,10,10,10,10\n3,7,5,4,9,1\n"
    >>> flags = screen(parse_survey(rows.encode(), codebook, source="x.csv"))
    >>> flags.frame[["straight_line", "straight_line_top"]].values.tolist()
    [[True, False], [False, True], [False, False]]
    """
    if not isinstance(responses, Responses):
        raise DataError(
            f"screening takes responses, not an object of type '{type(responses).__name__}'; read "
            "them with read_survey or parse_survey"
        )
    rules = with_roles(rules or ScreeningRules(), responses.codebook)
    flags = list(_flags(responses, rules))
    names = {flag.name for flag in flags}
    unlooked = [name for name in EXCLUDES if name not in names]
    excludes = [name for name in rules.excludes if name not in unlooked]
    return Flags.of(flags, excludes, _tables(responses, rules))


def with_roles(rules: ScreeningRules, codebook: Codebook) -> ScreeningRules:
    """Fill in the columns that the rules leave to the codebook."""
    unit = (codebook.unit,) if codebook.unit else ()
    return replace(
        rules,
        interviewer=rules.interviewer or codebook.interviewer,
        duration=rules.duration or codebook.duration,
        mode=rules.mode or codebook.mode,
        within=unit if rules.within is None else rules.within,
    )


def _flags(responses: Responses, rules: ScreeningRules) -> Iterator[Flag]:
    patterns = answer_patterns(responses, rules.items, delight=rules.delight)
    yield flag_duplicates(responses, patterns, chance=rules.match_by_chance)
    blocks = rules.blocks or ((rules.interviewer,) if rules.interviewer else ())
    matches = _matches(responses, rules, patterns, blocks) if blocks else None
    if matches is not None:
        yield flag_near_duplicates(
            responses,
            matches,
            blocks=blocks,
            share=rules.percent_match,
            chance=rules.match_by_chance,
        )
    yield from _flags_of_rows(responses, rules, patterns)
    if rules.interviewer is not None:
        own = (rules.interviewer,)
        table = interviewer_effects(
            responses,
            rules.interviewer,
            items=rules.items,
            within=rules.within or (),
            duration=rules.duration,
            mode=rules.mode,
            level=rules.interviewer_level,
            patterns=patterns,
            matches=matches if blocks == own else _matches(responses, rules, patterns, own),
        )
        yield flag_interviewers(responses, rules.interviewer, table)


def _matches(
    responses: Responses, rules: ScreeningRules, patterns: AnswerPatterns, blocks: Sequence[str]
) -> Matches:
    return find_matches(
        responses,
        patterns.flat,
        blocks=blocks,
        within=rules.within or (),
        share=rules.percent_match,
        largest_block=rules.largest_block,
    )


def _flags_of_rows(
    responses: Responses, rules: ScreeningRules, patterns: AnswerPatterns
) -> Iterator[Flag]:
    yield from flag_straight_lines(patterns)
    yield flag_longest_run(patterns, share=rules.longest_run)
    yield flag_low_variability(patterns, cut=rules.variability)
    if rules.duration is not None:
        yield flag_speeders(
            responses,
            rules.duration,
            within=(rules.mode,) if rules.mode else (),
            least_seconds=rules.least_seconds,
            deviations=rules.speed_deviations,
        )
    if rules.attention:
        yield flag_attention(responses, rules.attention)
    if rules.impossible:
        yield flag_impossible(responses, rules.impossible)
    yield flag_outliers(responses, rules.items, level=rules.outlier_level)
    yield flag_nonresponse(responses, share=rules.nonresponse)


def _tables(responses: Responses, rules: ScreeningRules) -> dict[str, pd.DataFrame]:
    tables = {}
    if rules.interviewer is not None:
        tables["interviewer_icc"] = interviewer_icc(
            responses, rules.interviewer, items=rules.items, within=rules.within or ()
        )
    if rules.mode is not None:
        tables["mode_effects"] = mode_effects(
            responses, rules.mode, items=rules.items, within=rules.within or ()
        )
    return tables
