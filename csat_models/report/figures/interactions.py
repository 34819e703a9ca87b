"""The figure of interactions: an effect where its moderator is low, at its mean, high."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.marks import Block, dot, halves, headed_axis, zero_line
from csat_models.report.frames import require, rows_of
from csat_models.report.language import Wording
from csat_models.report.tables.interactions import at_level


def plot_simple_slopes(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "simple_slopes",
) -> Figure:
    """Return the slopes of moderated effects with intervals, effect by effect.

    Parameters
    ----------
    frame : DataFrame
        As for `simple_slopes_table`.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    wanted = ["source", "moderator", "target", "level", "estimate", "lower", "upper"]
    require(frame, wanted, "plot_simple_slopes")
    words = Wording(language=language, labels=labels)
    keys = ["source", "target", "moderator"]
    columns = halves([_block(words, mine) for _, mine in frame.groupby(keys, sort=False)], most=20)
    length = max(sum(block.size for block in column) for column in columns)
    with style.house():
        height = style.row_height(length, each=0.5)
        drawing = style.canvas(height, columns=len(columns), sharex=True)
        for axes, column in zip(drawing.axes, columns, strict=True):
            zero_line(axes)
            for y, row in headed_axis(axes, column, length):
                away = numbers.excludes_zero(row["lower"], row["upper"])
                dot(axes, row, y, hollow=not away)
            axes.set_xlabel(words.say("interactions.axis.slope"))
        style.finish(drawing)
    note = words.say("interactions.note.figure", level=numbers.level(level))
    caption = words.say("interactions.figure.slopes")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _block(words: Wording, mine: pd.DataFrame) -> Block:
    rows = tuple(rows_of(mine))
    moderator = words.label(rows[0]["moderator"])
    heading = words.say(
        "phrase.path", source=words.label(rows[0]["source"]), target=words.label(rows[0]["target"])
    )
    texts = tuple(
        words.say("interactions.phrase.at", name=moderator, level=at_level(words, row))
        for row in rows
    )
    return Block(heading=heading, texts=texts, rows=rows)
