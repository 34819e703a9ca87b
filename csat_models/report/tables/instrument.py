"""Tables of the instrument: the constructs of the model and the questions asked."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, distinct, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import Column, build, code_column, label_column


def constructs_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "constructs",
) -> Table:
    """Return the constructs of the model: how they are measured and what leads to them.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``mode`` ("A", "B" or "unit"), ``items`` and ``predecessors``,
        both names parted by spaces.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["construct", "mode", "items", "predecessors"], "constructs_table")
    words = Wording(language=language, labels=labels)
    comma, known = words.say("phrase.comma"), set(frame["construct"])

    def shown(name: str) -> str:
        return words.label(name) if name in known else name

    def sources(row: Row) -> str:
        names = str(row["predecessors"]).split()
        return comma.join(words.label(each) for each in names) or numbers.MISSING

    columns = [
        label_column(words, "construct", words.say("header.construct")),
        Column(
            header=words.say("header.mode"),
            show=lambda row: _mode(words, row),
            align="left",
        ),
        Column(
            header=words.say("header.item"),
            show=lambda row: comma.join(map(shown, str(row["items"]).split())),
            align="left",
        ),
        Column(header=words.say("header.antecedents"), show=sources, align="left"),
    ]
    return build(name, words.say("table.constructs"), frame, columns, words.say("note.constructs"))


def questionnaire_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "questionnaire",
) -> Table:
    """Return the questions: wording, scale, construct, whom they were asked, codes.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``construct`` (empty outside the model), ``low``, ``high``, ``reversed``,
        ``filter`` (empty where all were asked), and by language ``missing_zh``,
        ``missing_en`` (codes without an answer) and ``answers_zh``, ``answers_en``
        (wordings of scores).
    labels : mapping of str to str
        Texts of constructs and items.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["item", "construct", "low", "high", "filter"], "questionnaire_table")
    words = Wording(language=language, labels=labels)
    codes = distinct(frame, f"missing_{language}")
    columns = [
        code_column(words.say("header.item"), "item"),
        label_column(words, "item", words.say("header.wording")),
        Column(
            header=words.say("header.construct"),
            show=lambda row: words.label(row["construct"]) if row["construct"] else numbers.MISSING,
            align="left",
        ),
        Column(header=words.say("header.scale"), show=lambda row: _scale(words, row), align="left"),
    ]
    if frame["filter"].ne("").any():
        columns.append(_text_column(words.say("header.filter"), "filter"))
    if len(codes) > 1:
        columns.append(_text_column(words.say("header.missing_codes"), f"missing_{language}"))
    same = str(codes[0]) if len(codes) == 1 else ""
    note = words.say("note.questionnaire_codes", codes=same) if same else ""
    told = [text for text in (words.say("note.questionnaire"), note) if text]
    return build(
        name,
        words.say("table.questionnaire"),
        frame,
        columns,
        words.say("phrase.space").join(told),
    )


def _mode(words: Wording, row: Row) -> str:
    alone = len(str(row["items"]).split()) == 1 and row["mode"] == "A"
    return words.say("status.single_item" if alone else f"instrument.mode.{row['mode']}")


def _text_column(header: str, name: str) -> Column:
    return Column(header=header, show=lambda row: row[name] or numbers.MISSING, align="left")


def _scale(words: Wording, row: Row) -> str:
    ends = f"{number(row, 'low'):g}–{number(row, 'high'):g}"
    named = str(row.get(f"answers_{words.language}") or "")
    turned = words.say("instrument.reversed") if row.get("reversed") else ""
    told = [text for text in (named, turned) if text]
    detail = words.say("phrase.comma").join(told)
    return words.say("phrase.with", name=ends, detail=detail) if told else ends
