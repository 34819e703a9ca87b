"""Findings on missing, filtered and open answers, and on profiles of items."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import number, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import item_text, tell

_SIGNIFICANT = 0.05


def missing_patterns(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "missing_patterns",
) -> Paragraph:
    """Return how many answered everything, and how many patterns of gaps there are.

    Parameters
    ----------
    frame : DataFrame
        ``unanswered`` (empty where nothing is missing), ``share``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["unanswered", "share"], "missing_patterns")
    whole = frame["unanswered"] == ""

    def write(words: Wording) -> str:
        return words.say(
            "finding.patterns",
            share=numbers.percent(frame.loc[whole, "share"].sum()),
            patterns=words.count("pattern", int((~whole).sum())),
            table=table,
        )

    return tell(write, labels, language, "text")


def little(
    statistic: float, freedom: int, p_value: float, *, labels: LabelSets, language: Language
) -> Paragraph:
    """Return what Little's test says.

    Parameters
    ----------
    statistic, freedom, p_value
        Of the test.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    """
    key = "finding.little_rejected" if p_value < _SIGNIFICANT else "finding.little_kept"

    def write(words: Wording) -> str:
        return words.say(
            key,
            statistic=numbers.decimal(statistic, 1),
            freedom=numbers.integer(freedom),
            p=numbers.p_statement(p_value),
        )

    return tell(write, labels, language, "text")


def filtered(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "filtered_questions",
) -> Paragraph:
    """Return how many questions were asked only of some.

    Parameters
    ----------
    frame : DataFrame
        One row a question; as for `filtered_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["item"], "filtered")

    def write(words: Wording) -> str:
        questions = words.count("question", len(frame))
        return words.say("finding.filtered", questions=questions, table=table)

    return tell(write, labels, language, "text")


def item_profile(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    unit: str = "city",
    figure: str = "item_profile",
    panels: str = "unit_profiles",
) -> Paragraph:
    """Return the item in which units differ most.

    Parameters
    ----------
    frame : DataFrame
        ``unit``'s column, ``item``, ``mean``; as for `plot_item_profile`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    unit : str
        The column of units.
    figure, panels : str
        Names of the figures.
    """
    require(frame, [unit, "item", "mean"], "item_profile")
    shown = frame.dropna(subset=["mean"])
    groups = shown.groupby("item", sort=False)["mean"]
    widest = (groups.max() - groups.min()).idxmax()
    ordered = rows_of(shown[shown["item"] == widest].sort_values("mean"))

    def write(words: Wording) -> str:
        worst, best = ordered[0], ordered[-1]
        return words.say(
            "finding.item_profile",
            unit=words.inline(unit),
            item=item_text(words, widest),
            lowest=numbers.decimal(number(worst, "mean"), 2),
            worst=words.value(unit, worst[unit]),
            highest=numbers.decimal(number(best, "mean"), 2),
            best=words.value(unit, best[unit]),
            figure=figure,
            panels=panels,
        )

    return tell(write, labels, language, "text")


def open_answers(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "open_answers",
) -> Paragraph:
    """Return how many open answers there are, and how many had personal data.

    Parameters
    ----------
    frame : DataFrame
        ``n_obs``, ``stripped``; as for `open_answer_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["n_obs", "stripped"], "open_answers")

    def write(words: Wording) -> str:
        return words.say(
            "finding.open_answers",
            answers=words.count("answer", int(frame["n_obs"].sum())),
            stripped=numbers.integer(frame["stripped"].sum()),
            table=table,
        )

    return tell(write, labels, language, "text")
