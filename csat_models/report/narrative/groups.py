"""Findings on groups: who they are, what their index is, whether their paths differ."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, distinct, number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, path, run, span, tell
from csat_models.report.tables.groups import PAIR, groups_of, name_of, pair_of


def group_differences(
    frame: pd.DataFrame,
    distance: pd.DataFrame | None = None,
    *,
    labels: LabelSets,
    language: Language,
    by: str = "operator",
    level: float = 0.95,
    table: str = "group_differences",
    figure: str = "group_differences",
) -> Paragraph:
    """Return which paths differ, which are equivalent, and which stay undecided.

    Parameters
    ----------
    frame : DataFrame
        As for `group_differences_table`.
    distance : DataFrame, optional
        One row: ``distance`` and ``p_value`` of the test of all paths at once.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    by : str
        The column of the groups.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    needed = ["source", "target", *PAIR, "estimate", "verdict", "margin"]
    require(frame, needed, "group_differences")
    single = len(frame[list(PAIR)].drop_duplicates()) == 1
    rows = {
        verdict: rows_of(part(frame, "verdict", verdict))
        for verdict in ("different", "different_but_small", "equivalent", "undecided")
    }
    away = [*rows["different"], *rows["different_but_small"]]
    small = [*rows["equivalent"], *rows["different_but_small"]]

    def name(words: Wording, row: Row) -> str:
        size = numbers.signed(number(row, "estimate"), 3)
        route = path(words, row)
        text = route if single else f"{route}{words.say('phrase.comma')}{pair_of(words, row, by)}"
        return words.say("phrase.with", name=text, detail=size)

    def write(words: Wording) -> str:
        first = words.say(
            "finding.groups_differ" if away else "finding.groups_alike",
            groups=groups_of(words, frame, by),
            paths=listed(words, "path", [name(words, row) for row in away], heavy=True),
            total=words.count("path", len(frame)),
            table=table,
            figure=figure,
        )
        second = words.say(
            "finding.groups_equivalent",
            count=words.count("path", len(small)),
            margin=f"{float(frame['margin'].iloc[0]):g}",
            level=numbers.level(level),
        )
        open_ = words.count("path", len(rows["undecided"]))
        third = words.say("finding.groups_open", open=open_) if rows["undecided"] else ""
        return run(words, first, second, third, _at_once(words, distance))

    return tell(write, labels, language)


def _at_once(words: Wording, distance: pd.DataFrame | None) -> str:
    if distance is None:
        return ""
    row = rows_of(distance)[0]
    p = number(row, "p_value")
    key = "finding.distance" if p < 0.05 else "finding.distance_none"  # noqa: PLR2004
    return words.say(
        key, distance=numbers.decimal(number(row, "distance"), 4), p=numbers.p_statement(p)
    )


def group_sizes(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "group_sizes",
) -> Paragraph:
    """Return by what respondents are divided, and which groups are left out.

    Parameters
    ----------
    frame : DataFrame
        As for `group_sizes_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["attribute", "value", "n_obs", "status", "least"], "group_sizes")
    attributes = distinct(frame, "attribute")
    left = {kind: rows_of(part(frame, "status", kind)) for kind in ("small", "constant")}
    used = frame[frame["status"] == "used"].groupby("attribute").size()
    single = [name for name in attributes if used.get(name, 0) < 2]  # noqa: PLR2004

    def name(words: Wording, row: Row) -> str:
        value = words.value(str(row["attribute"]), row["value"])
        size = numbers.integer(number(row, "n_obs"))
        return words.say("phrase.effect", name=value, number=size)

    def write(words: Wording) -> str:
        texts = {
            kind: words.join([name(words, row) for row in rows]) for kind, rows in left.items()
        }
        return run(
            words,
            words.say(
                "finding.group_sizes",
                attributes=words.join([words.inline(each) for each in attributes]),
                table=table,
            ),
            *(
                words.say(
                    f"finding.group_left_{kind}",
                    groups=text,
                    least=numbers.integer(float(frame["least"].max())),
                )
                for kind, text in texts.items()
                if text
            ),
            words.say(
                "finding.group_single",
                attributes=words.join([words.inline(each) for each in single]),
            )
            if single
            else "",
        )

    return tell(write, labels, language, "text")


def group_index(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    by: str,
    focus: str = "Satisfaction",
    level: float = 0.95,
    table: str = "group_index",
    figure: str = "group_index",
) -> Paragraph:
    """Return the groups of an attribute with the highest and the lowest index.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, the column `by`, ``estimate``, ``lower``, ``upper``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    by : str
        The attribute.
    focus : str
        The construct that is told; the first one where it has no index.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["construct", by, "estimate", "lower", "upper"], "group_index")
    reported = distinct(frame, "construct")
    told = focus if focus in reported else str(reported[0])
    rows = part(frame, "construct", told).sort_values("estimate")
    lowest, highest = rows_of(rows)[0], rows_of(rows)[-1]

    def write(words: Wording) -> str:
        return words.say(
            "finding.group_index",
            attribute=words.inline(by),
            construct=words.label(told),
            best=name_of(words, highest[by], by),
            highest=span(words, highest, 1, level=level),
            worst=name_of(words, lowest[by], by),
            lowest=span(words, lowest, 1, level=level),
            table=table,
            figure=figure,
        )

    return tell(write, labels, language)
