"""Findings on what to improve first."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, run, tell


def priorities(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    construct: str = "Satisfaction",
    key: str = "construct",
    table: str = "priorities",
    figure: str = "priorities",
) -> Paragraph:
    """Return what is important and performs poorly, and how sure that is.

    Parameters
    ----------
    frame : DataFrame
        As for `priorities_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    construct : str
        The construct to improve.
    key : {"construct", "item"}
        What the rows are.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, [key, "importance", "performance", "quadrant"], "priorities")
    order = frame.sort_values("importance", ascending=False)
    weak = rows_of(order[order["quadrant"] == "concentrate"])
    top = rows_of(order)[0]

    def name(words: Wording, row: Row) -> str:
        share = numbers.probability(number(row, "p_concentrate"))
        text = words.label(row[key]) if key == "construct" else str(row[key])
        return words.say("phrase.share_in_draws", name=text, share=share)

    def write(words: Wording) -> str:
        first = words.say(
            f"finding.most_important_{key}",
            name=words.label(top[key]),
            construct=words.label(construct),
            importance=numbers.decimal(number(top, "importance"), 2),
            table=table,
            figure=figure,
        )
        found = listed(words, key, [name(words, row) for row in weak], heavy=True)
        second = words.say(
            "finding.concentrate" if weak else "finding.concentrate_none", names=found
        )
        return run(words, first, second)

    return tell(write, labels, language, "headline" if key == "construct" else "text")


def necessary_conditions(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    construct: str = "Satisfaction",
    table: str = "necessity",
    bottlenecks: str = "bottlenecks",
) -> Paragraph:
    """Return which conditions an outcome does not do without.

    Parameters
    ----------
    frame : DataFrame
        ``condition``, ``effect_size``, ``p_value`` and ``necessary``; as for
        `necessity_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    construct : str
        The outcome.
    table, bottlenecks : str
        Names of the tables.
    """
    require(frame, ["condition", "effect_size", "necessary"], "necessary_conditions")
    found = rows_of(frame[frame["necessary"]].sort_values("effect_size", ascending=False))

    def write(words: Wording) -> str:
        names = [
            words.say(
                "phrase.effect",
                name=words.label(row["condition"]),
                number=numbers.decimal(number(row, "effect_size"), 3),
            )
            for row in found
        ]
        return words.say(
            "finding.necessary" if found else "finding.necessary_none",
            construct=words.label(construct),
            conditions=listed(words, "construct", names, heavy=True),
            total=words.count("construct", len(frame)),
            table=table,
            bottlenecks=bottlenecks,
        )

    return tell(write, labels, language)


def combined_map(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    construct: str = "Satisfaction",
    table: str = "combined_map",
    figure: str = "combined_map",
) -> Paragraph:
    """Return which important conditions of a desired level many respondents miss.

    Parameters
    ----------
    frame : DataFrame
        As for `combined_map_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    construct : str
        The outcome.
    table, figure : str
        Names of the table and figure.
    """
    needed = ["construct", "importance", "necessary", "required", "share_below", "desired"]
    require(frame, needed, "combined_map")
    important = frame["importance"] >= frame["importance"].mean()
    missed = frame[important & frame["necessary"].astype(bool) & (frame["share_below"] > 0)]
    found = rows_of(missed.sort_values("share_below", ascending=False, kind="stable"))

    def name(words: Wording, row: Row) -> str:
        return words.say(
            "phrase.share_below",
            name=words.label(row["construct"]),
            share=numbers.percent(number(row, "share_below")),
            required=numbers.decimal(number(row, "required"), 1),
        )

    def write(words: Wording) -> str:
        return words.say(
            "finding.combined" if found else "finding.combined_none",
            construct=words.label(construct),
            desired=numbers.decimal(float(frame["desired"].iloc[0]), 0),
            names=listed(words, "construct", [name(words, row) for row in found], heavy=True),
            table=table,
            figure=figure,
        )

    return tell(write, labels, language)
