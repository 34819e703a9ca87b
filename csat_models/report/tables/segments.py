"""Tables on segments that no column names: criteria, paths, profile."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, distinct, lookup, number, part, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    build_wide,
    count_column,
    decimal_column,
    label_column,
    share_column,
)

CRITERIA = {
    "aic": "AIC",
    "aic3": "AIC3",
    "aic4": "AIC4",
    "bic": "BIC",
    "caic": "CAIC",
    "hq": "HQ",
    "mdl5": "MDL5",
}
"""Criterion to its name in print."""

SEPARATION = {"en": "EN", "nfi": "NFI", "nec": "NEC"}
"""Measure of how far segments are apart to its name in print."""


def segment_criteria_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "segment_criteria",
) -> Table:
    """Return the table that compares numbers of segments.

    Parameters
    ----------
    frame : DataFrame
        ``n_segments``, ``log_likelihood``, ``aic``, ``aic3``, ``aic4``, ``bic``,
        ``caic``, ``hq``, ``mdl5``, ``status``.
    labels : mapping of str to str
        Not used; every table takes them.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    needed = ["n_segments", "log_likelihood", *CRITERIA, "status"]
    require(frame, needed, "segment_criteria_table")
    words = Wording(language=language, labels=labels)
    columns = [
        count_column(words.say("header.n_segments"), "n_segments"),
        decimal_column("ln L", "log_likelihood", 0),
        *(decimal_column(title, name, 0) for name, title in CRITERIA.items()),
        Column(
            header=words.say("header.solution"),
            show=lambda row: words.say(f"mixture.{row['status']}"),
            align="left",
        ),
    ]
    note = words.say("note.segment_criteria")
    return build(name, words.say("table.segment_criteria"), frame, columns, note)


def segment_separation_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "segment_separation",
) -> Table:
    """Return the table of how far segments are apart, and how sure the solution is.

    Parameters
    ----------
    frame : DataFrame
        ``n_segments``, ``en``, ``nfi``, ``nec``, ``smallest_share``, ``agreement``,
        ``status``.
    labels, language, name
        See :func:`segment_criteria_table`.
    """
    needed = ["n_segments", *SEPARATION, "smallest_share", "agreement", "status"]
    require(frame, needed, "segment_separation_table")
    words = Wording(language=language, labels=labels)
    columns = [
        count_column(words.say("header.n_segments"), "n_segments"),
        *(decimal_column(title, name, 2) for name, title in SEPARATION.items()),
        share_column(words.say("header.smallest_segment"), "smallest_share"),
        share_column(words.say("header.starts_that_agree"), "agreement"),
        Column(
            header=words.say("header.solution"),
            show=lambda row: words.say(f"mixture.{row['status']}"),
            align="left",
        ),
    ]
    note = words.say("note.segment_separation")
    return build(name, words.say("table.segment_separation"), frame, columns, note)


def segment_paths_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    kind: str = "segment_paths",
    name: str = "segment_paths",
) -> Table:
    """Return the table of path coefficients, segments side by side.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``segment``, ``estimate``, ``size``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    kind : {"segment_paths", "rebus_paths"}
        Of the mixture's segments, or of response-based ones.
    name : str
        The table's name.
    """
    keys = ["source", "target"]
    require(frame, [*keys, "segment", "estimate", "size"], "segment_paths_table")
    words = Wording(language=language, labels=labels)
    cells = lookup(frame, *keys, "segment")

    def column(segment: Hashable) -> Column:
        size = float(part(frame, "segment", segment)["size"].iloc[0])
        return Column(
            header=words.say("header.segment_of", segment=segment, share=numbers.percent(size, 0)),
            show=lambda row: numbers.decimal(
                number(cells[(row["source"], row["target"], segment)], "estimate"), 3
            ),
        )

    columns = [
        label_column(words, "source", words.say("header.source")),
        label_column(words, "target", words.say("header.target")),
        *(column(segment) for segment in distinct(frame, "segment")),
    ]
    note = words.say("note.segment_paths")
    return build_wide(name, words.say(f"table.{kind}"), frame, keys, columns, note=note)


def segment_profile_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "segment_profile",
) -> Table:
    """Return the table of declared attributes, segments side by side.

    Parameters
    ----------
    frame : DataFrame
        ``attribute``, ``value``, ``segment``, ``share``, ``overall``,
        ``cramers_v``, ``p_adjusted``.
    labels : mapping of str to str
        Texts of the attributes and of their values.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    keys = ["attribute", "value"]
    needed = [*keys, "segment", "share", "overall", "cramers_v", "p_adjusted"]
    require(frame, needed, "segment_profile_table")
    words = Wording(language=language, labels=labels)
    cells = lookup(frame, *keys, "segment")
    segments = distinct(frame, "segment")
    firsts = set(map(tuple, frame.drop_duplicates("attribute")[keys].to_numpy().tolist()))

    def first(row: Row) -> bool:
        return (row["attribute"], row["value"]) in firsts

    def cell(row: Row, segment: Hashable) -> Row:
        return cells[(row["attribute"], row["value"], segment)]

    def share(segment: Hashable) -> Column:
        return Column(
            header=words.say("header.segment", segment=segment),
            show=lambda row: numbers.percent(number(cell(row, segment), "share")),
        )

    def association(row: Row) -> str:
        return numbers.decimal(number(cell(row, segments[0]), "cramers_v"), 3) if first(row) else ""

    def probability(row: Row) -> str:
        return numbers.p_value(number(cell(row, segments[0]), "p_adjusted")) if first(row) else ""

    columns = [
        Column(
            header=words.say("header.attribute"),
            show=lambda row: words.label(row["attribute"]) if first(row) else "",
            align="left",
        ),
        Column(
            header=words.say("header.value"),
            show=lambda row: words.value(row["attribute"], row["value"]),
            align="left",
        ),
        Column(
            header=words.say("header.all_segments"),
            show=lambda row: numbers.percent(number(cell(row, segments[0]), "overall")),
        ),
        *(share(segment) for segment in segments),
        Column(header=words.say("header.cramers_v"), show=association),
        Column(header=words.say("header.p_adjusted"), show=probability),
    ]
    note = words.say("note.segment_profile")
    return build_wide(name, words.say("table.segment_profile"), frame, keys, columns, note=note)
