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
        ``attribute``, ``cramers_v``; as for `segment_profile_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    require(profile, ["attribute", "cramers_v"], "segment_members")
    each = profile.drop_duplicates("attribute").dropna(subset=["cramers_v"])
    top = rows_of(each.nlargest(1, "cramers_v"))

    def write(words: Wording) -> str:
        if not top:
            return words.say("finding.segment_members_unknown", table=table, figure=figure)
        strength = number(top[0], "cramers_v")
        key = "finding.segment_members" if strength >= WEAK else "finding.segment_members_weak"
        return words.say(
            key,
            attribute=words.inline(top[0]["attribute"]),
            strength=numbers.decimal(strength, 2),
            table=table,
            figure=figure,
        )

    return tell(write, labels, language)
