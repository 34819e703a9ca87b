"""Findings on segments that no column names."""

from __future__ import annotations

import pandas as pd

from csat_models.assessment.heterogeneity import SegmentChoice
from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import path, run, tell

CLEAR = 0.5
"""Normed entropy from which segments are commonly called apart."""

WEAK = 0.1
"""Cramér's V below which an attribute says next to nothing of a segment."""

ERROR = 0.05
"""Level of the tests of association, adjusted for their number."""


def segments(
    frame: pd.DataFrame,
    choice: SegmentChoice,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "segment_criteria",
) -> Paragraph:
    """Return how many segments the criteria choose, and how sure that is.

    Parameters
    ----------
    frame : DataFrame
        ``n_segments``, ``en``, ``agreement``; as for `segment_criteria_table`.
    choice : SegmentChoice
        What AIC3 and CAIC choose.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["n_segments", "en", "agreement"], "segments")
    row = rows_of(part(frame, "n_segments", choice.n_segments))[0]

    def write(words: Wording) -> str:
        first = words.say(
            f"finding.{_kind(choice)}",
            aic3=words.count("segment", choice.aic3),
            caic=words.count("segment", choice.caic),
            table=table,
        )
        several = choice.n_segments > 1
        return run(
            words,
            first,
            _next_best(words, choice),
            words.say("finding.segments_end") if choice.at_the_end else "",
            _clearness(words, row) if several else "",
            _unusable(words, choice),
        )

    return tell(write, labels, language)


def _kind(choice: SegmentChoice) -> str:
    if choice.agree:
        return "segments_agree" if choice.n_segments > 1 else "segments_one"
    return "segments_differ" if choice.n_segments > 1 else "segments_differ_one"


def _clearness(words: Wording, row: Row) -> str:
    entropy = number(row, "en")
    key = "finding.segments_clear" if entropy >= CLEAR else "finding.segments_blurred"
    return words.say(
        key,
        entropy=numbers.decimal(entropy, 2),
        starts=numbers.percent(number(row, "agreement"), 0),
    )


def _next_best(words: Wording, choice: SegmentChoice) -> str:
    if not choice.next_best:
        return ""
    (second, gap), (second_2, gap_2) = (choice.next_best[name] for name in ("aic3", "caic"))
    return words.say(
        "finding.segments_next",
        aic3=words.count("segment", second),
        aic3_gap=numbers.decimal(gap, 0),
        caic=words.count("segment", second_2),
        caic_gap=numbers.decimal(gap_2, 0),
    )


def _unusable(words: Wording, choice: SegmentChoice) -> str:
    if not choice.unusable:
        return ""
    return words.say(
        "finding.segments_unusable", numbers=words.join([str(n) for n in choice.unusable])
    )


def segment_differences(
    paths: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "segment_paths",
    figure: str = "segment_paths",
) -> Paragraph:
    """Return in what the segments differ.

    Parameters
    ----------
    paths : DataFrame
        ``source``, ``target``, ``segment``, ``estimate``, ``size``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    require(paths, ["source", "target", "segment", "estimate", "size"], "segment_differences")
    spread = paths.groupby(["source", "target"], sort=False)["estimate"].agg(["min", "max"])
    spread = spread.assign(range=spread["max"] - spread["min"]).reset_index()
    widest = rows_of(spread.nlargest(1, "range"))[0]
    sizes = rows_of(paths.drop_duplicates("segment"))

    def write(words: Wording) -> str:
        shares = [numbers.percent(number(row, "size"), 0) for row in sizes]
        return words.say(
            "finding.segment_paths",
            segments=words.count("segment", len(sizes)),
            shares=words.join(shares),
            path=path(words, widest),
            least=numbers.decimal(number(widest, "min"), 2),
            most=numbers.decimal(number(widest, "max"), 2),
            table=table,
            figure=figure,
        )

    return tell(write, labels, language)


def segment_agreement(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "rebus_paths",
) -> Paragraph:
    """Return whether response-based segments are those of the mixture.

    Parameters
    ----------
    frame : DataFrame
        One row: ``n_segments``, ``adjusted_rand``, ``quality``, ``quality_whole``,
        ``converged``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table of their paths.
    """
    needed = ["n_segments", "adjusted_rand", "quality", "quality_whole", "converged"]
    require(frame, needed, "segment_agreement")
    row = rows_of(frame)[0]
    alike = number(row, "adjusted_rand")
    kind = "alike" if alike >= CLEAR else "partly" if alike >= WEAK else "apart"

    def write(words: Wording) -> str:
        return run(
            words,
            words.say(
                "finding.rebus",
                segments=words.count("segment", int(number(row, "n_segments"))),
                quality=numbers.decimal(number(row, "quality"), 3),
                whole=numbers.decimal(number(row, "quality_whole"), 3),
                table=table,
            ),
            words.say(f"finding.rebus_{kind}", rand=numbers.decimal(alike, 2)),
            "" if row["converged"] else words.say("finding.rebus_moving"),
        )

    return tell(write, labels, language, "text")


def segment_members(
    profile: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "segment_profile",
    figure: str = "segment_profile",
) -> Paragraph:
    """Return whether declared attributes tell who is in a segment.

    Parameters
    ----------
    profile : DataFrame
        ``attribute``, ``cramers_v``, ``p_adjusted``; as for `segment_profile_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    require(profile, ["attribute", "cramers_v", "p_adjusted"], "segment_members")
    each = profile.drop_duplicates("attribute").dropna(subset=["cramers_v"])
    top = rows_of(each.nlargest(1, "cramers_v"))
    tied = int((each["p_adjusted"] < ERROR).sum())

    def write(words: Wording) -> str:
        if not top:
            return words.say("finding.segment_members_unknown", table=table, figure=figure)
        strength = number(top[0], "cramers_v")
        key = "finding.segment_members" if strength >= WEAK else "finding.segment_members_weak"
        return words.say(
            key,
            attribute=words.inline(top[0]["attribute"]),
            strength=numbers.decimal(strength, 2),
            tied=numbers.integer(tied),
            total=numbers.integer(len(each)),
            table=table,
            figure=figure,
        )

    return tell(write, labels, language, "text")
