"""Figures of the chapter on structure: path coefficients and total effects."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.marks import (
    Block,
    dot,
    group_legend,
    group_offset,
    group_texts,
    halves,
    headed_axis,
    zero_line,
)
from csat_models.report.frames import Row, distinct, part, require, rows_of
from csat_models.report.language import Wording


def plot_paths(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str | None = None,
    level: float = 0.95,
    name: str = "paths",
) -> Figure:
    """Return the path coefficients with intervals, target by target.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, the column `by` if given, ``estimate``,
        ``lower``, ``upper``; as for `paths_table`.
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of the figure.
    by : str, optional
        A grouping column, such as ``"operator"``; our group first.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    words = Wording(language=language, labels=labels)
    caption, axis = words.say("figure.paths"), words.say("axis.path")
    return _effects(frame, words, by, (name, caption, axis, level), where="plot_paths")


def plot_total_effects(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str | None = None,
    level: float = 0.95,
    name: str = "total_effects",
) -> Figure:
    """Return the total effects with intervals, target by target.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, the column `by` if given, ``estimate``,
        ``lower``, ``upper``; as for `effects_table`, with as few targets as
        are of interest (satisfaction, loyalty).
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of the figure.
    by : str, optional
        A grouping column, such as ``"operator"``; our group first.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    words = Wording(language=language, labels=labels)
    caption, axis = words.say("figure.total_effects"), words.say("axis.effect")
    return _effects(frame, words, by, (name, caption, axis, level), where="plot_total_effects")


def _effects(
    frame: pd.DataFrame,
    words: Wording,
    by: str | None,
    titles: tuple[str, str, str, float],
    *,
    where: str,
) -> Figure:
    wanted = ["source", "target", *([by] if by else []), "estimate", "lower", "upper"]
    require(frame, wanted, where)
    name, caption, axis, level = titles
    groups = distinct(frame, by)
    blocks = [_target_block(words, frame, str(target)) for target in distinct(frame, "target")]
    columns = halves(blocks, most=20)
    length = max(sum(block.size for block in column) for column in columns)
    with style.house():
        drawing = style.canvas(
            style.row_height(length, each=0.5 if by is None else 0.6),
            columns=len(columns),
            sharex=True,
        )
        for axes, column in zip(drawing.axes, columns, strict=True):
            zero_line(axes)
            for y, line in headed_axis(axes, column, length):
                for position, row in enumerate(_group_rows(frame, line, by, groups)):
                    dot(axes, row, y + group_offset(position, len(groups)), position)
            axes.set_xlabel(axis)
        group_legend(drawing, group_texts(words, by, groups))
        style.finish(drawing)
    note = words.say("note.dots", level=numbers.level(level))
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _target_block(words: Wording, frame: pd.DataFrame, target: str) -> Block:
    mine = part(frame, "target", target).drop_duplicates("source")
    rows = tuple(rows_of(mine))
    texts = tuple(words.label(row["source"]) for row in rows)
    return Block(heading=words.say("phrase.to", target=words.label(target)), texts=texts, rows=rows)


def _group_rows(frame: pd.DataFrame, line: Row, by: str | None, groups: list[object]) -> list[Row]:
    chosen = (frame["source"] == line["source"]) & (frame["target"] == line["target"])
    mine = frame[chosen]
    found = [rows_of(part(mine, by, group)) for group in groups]
    return [rows[0] if rows else {} for rows in found]
