"""Findings on comparability: the invariance of composites, the drift of measurement."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, distinct, number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, run, tell
from csat_models.report.tables.groups import PAIR, groups_of, pair_of

_HOLDS = ("full", "partial")
_AWAY = ("different", "different_but_small")


def invariance(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    by: str = "operator",
    table: str = "invariance",
    figure: str = "invariance",
) -> Paragraph:
    """Return between which groups composites may be compared, and how.

    Parameters
    ----------
    frame : DataFrame
        ``step``, ``construct``, ``group``, ``group_2``, ``verdict``,
        ``invariance``; as for `invariance_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    by : str
        The column of the groups.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["step", "construct", *PAIR, "verdict", "invariance"], "invariance")
    lines = rows_of(part(frame, "step", "compositional"))
    single = len(frame[list(PAIR)].drop_duplicates()) == 1
    held = [row for row in lines if row["invariance"] in _HOLDS]
    full = [row for row in lines if row["invariance"] == "full"]

    def names(words: Wording, rows: list[Row]) -> str:
        texts = [_name(words, row, by, single) for row in rows]
        return listed(words, "composite" if single else "composite_pair", texts, heavy=not single)

    def write(words: Wording) -> str:
        first = words.say(
            "finding.invariance",
            groups=groups_of(words, frame, by),
            held=numbers.integer(len(held)),
            total=words.count("composite" if single else "composite_pair", len(lines)),
            full=numbers.integer(len(full)),
            table=table,
            figure=figure,
        )
        sentences = [first]
        for kind, rows in _exceptions(frame).items():
            if rows:
                sentences.append(words.say(f"finding.invariance_{kind}", names=names(words, rows)))
        return run(words, *sentences)

    return tell(write, labels, language, "text")


def _exceptions(frame: pd.DataFrame) -> dict[str, list[Row]]:
    failed = frame[frame["verdict"] == "not_invariant"]
    found = {step: rows_of(part(failed, "step", step)) for step in ("mean", "variance")}
    composed = part(frame, "step", "compositional")
    return {
        "broken": rows_of(part(failed, "step", "compositional")),
        **found,
        "undecided": rows_of(part(composed, "invariance", "undecided")),
    }


def _name(words: Wording, row: Row, by: str, single: bool) -> str:
    name = words.label(row["construct"])
    return name if single else words.say("phrase.with", name=name, detail=pair_of(words, row, by))


def drift(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    statistic: str = "loadings",
    table: str = "drift",
    figure: str | None = None,
) -> Paragraph:
    """Return what has become of loadings or weights since earlier waves.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``group_2`` (an earlier wave), ``estimate``, ``verdict``,
        ``margin``; as for `drift_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    statistic : {"loadings", "weights"}
        What may have changed.
    table, figure : str
        Names of the table, and of the figure if there is one.
    """
    require(frame, ["item", "group_2", "estimate", "verdict", "margin"], "drift")

    def sentence(words: Wording, earlier: object, see: str) -> str:
        mine = frame[frame["group_2"] == earlier]
        moved = rows_of(mine[mine["verdict"].isin(_AWAY)])
        names = [
            words.say(
                "phrase.effect",
                name=row["item"],
                number=numbers.signed(number(row, "estimate"), 3),
            )
            for row in moved
        ]
        same = mine["verdict"].isin(["equivalent", "different_but_small"]).sum()
        return words.say(
            f"finding.drift_{statistic}" if moved else f"finding.drift_{statistic}_none",
            year=earlier,
            total=words.count("item", len(mine)),
            items=listed(words, "item", names, heavy=True),
            same=numbers.integer(int(same)),
            margin=f"{float(frame['margin'].iloc[0]):g}",
            see=see,
        )

    def write(words: Wording) -> str:
        kind = "see_both" if figure else "see_table"
        see = words.say(f"phrase.{kind}", table=table, figure=figure)
        earlier = distinct(frame, "group_2")
        shown = [see, *("" for _ in earlier[1:])]
        sentences = (sentence(words, *each) for each in zip(earlier, shown, strict=True))
        return run(words, *sentences)

    return tell(write, labels, language, "text")
