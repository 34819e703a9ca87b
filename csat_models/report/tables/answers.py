"""Tables on missing, filtered and open answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from csat_models.report.elements import Language, Table
from csat_models.report.frames import require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    code_column,
    count_column,
    label_column,
    share_column,
)

_SHOWN = 10


def missing_pattern_table(
    frame: pd.DataFrame, *, language: Language, name: str = "missing_patterns"
) -> Table:
    """Return the table of the answers that are missing together.

    Parameters
    ----------
    frame : DataFrame
        ``unanswered`` (items, joined by commas), ``n_obs``, ``share``; the
        most frequent first; the file has all.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["unanswered", "n_obs", "share"], "missing_pattern_table")
    words = Wording(language=language)
    columns = [
        Column(
            header=words.say("field.unanswered"),
            show=lambda row: row["unanswered"] or words.say("field.complete"),
            align="left",
        ),
        count_column(words.say("header.respondents")),
        share_column(words.say("header.share"), "share"),
    ]
    shown = frame.head(_SHOWN)
    note = words.say("note.missing_patterns", shown=len(shown), total=len(frame))
    made = build(name, words.say("table.missing_patterns"), shown, columns, note)
    return replace(made, frame=frame.reset_index(drop=True))


def filtered_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "filtered_questions",
) -> Table:
    """Return the table of the questions that not everybody was asked.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``filter``, ``asked``, ``unanswered``, ``not_asked``, ``share``.
    labels : mapping of str to str
        The items' wording.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["item", "filter", "asked", "not_asked", "share"], "filtered_table")
    words = Wording(language=language, labels=labels)
    columns = [
        code_column(words.say("header.item"), "item"),
        label_column(words, "item", words.say("header.wording")),
        code_column(words.say("field.filter"), "filter"),
        count_column(words.say("field.asked"), "asked"),
        count_column(words.say("field.not_asked"), "not_asked"),
        share_column(words.say("header.missing"), "share"),
    ]
    return build(name, words.say("table.filtered_questions"), frame, columns)


def open_answer_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "open_answers",
) -> Table:
    """Return the table of the open answers counted, personal data taken out.

    Parameters
    ----------
    frame : DataFrame
        ``question``, ``n_obs`` (answers), ``share`` (of all respondents) and
        ``stripped`` (answers that personal data were taken out of).
    labels : mapping of str to str
        The questions' names.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["question", "n_obs", "share", "stripped"], "open_answer_table")
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "question", words.say("field.question")),
        count_column(words.say("header.answers")),
        share_column(words.say("header.share"), "share"),
        count_column(words.say("field.stripped"), "stripped"),
    ]
    note = words.say("note.open_answers")
    return build(name, words.say("table.open_answers"), frame, columns, note)


def example_tables(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "open_answer_examples",
) -> list[Table]:
    """Return the table of examples of open answers, personal data taken out, if any are shown.

    Parameters
    ----------
    frame : DataFrame
        ``question``, ``text``.
    labels : mapping of str to str
        The questions' names.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    if frame.empty:
        return []
    require(frame, ["question", "text"], "example_tables")
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "question", words.say("field.question")),
        code_column(words.say("field.answer"), "text"),
    ]
    return [build(name, words.say("table.open_answer_examples"), frame, columns)]
