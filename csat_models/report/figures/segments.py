"""Figures on segments that no column names: their paths, and who is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure as Drawing

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.marks import (
    Block,
    dot,
    group_legend,
    halves,
    headed_axis,
    zero_line,
)
from csat_models.report.frames import Row, distinct, lookup, number, part, require, rows_of
from csat_models.report.language import Wording


def plot_segment_paths(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "segment_paths",
) -> Figure:
    """Return the path coefficients of all segments, target by target.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``segment``, ``estimate``, ``size``; as for
        `segment_paths_table`.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    require(frame, ["source", "target", "segment", "estimate", "size"], "plot_segment_paths")
    words = Wording(language=language, labels=labels)
    segments, cells = distinct(frame, "segment"), lookup(frame, "source", "target", "segment")
    blocks = [_target_block(words, frame, str(target)) for target in distinct(frame, "target")]

    def values(row: Row) -> list[float]:
        keys = [(row["source"], row["target"], segment) for segment in segments]
        return [number(cells.get(key), "estimate") for key in keys]

    texts = [
        words.say(
            "header.segment_of",
            segment=row["segment"],
            share=numbers.percent(number(row, "size"), 0),
        )
        for row in rows_of(frame.drop_duplicates("segment"))
    ]
    drawing = _dots(blocks, values, texts, words.say("axis.path"))
    caption, note = words.say("figure.segment_paths"), words.say("note.segment_paths")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _target_block(words: Wording, frame: pd.DataFrame, target: str) -> Block:
    rows = tuple(rows_of(part(frame, "target", target).drop_duplicates("source")))
    texts = tuple(words.label(row["source"]) for row in rows)
    return Block(heading=words.say("phrase.to", target=words.label(target)), texts=texts, rows=rows)


def plot_segment_profile(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "segment_profile",
) -> Figure:
    """Return the shares of the attributes' values in each segment.

    Parameters
    ----------
    frame : DataFrame
        ``attribute``, ``value``, ``segment``, ``share``, ``cramers_v``; as for
        `segment_profile_table`. Attributes are sorted by their association
        with the segments.
    labels : mapping of str to str
        Texts of the attributes and of their values.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    needed = ["attribute", "value", "segment", "share", "cramers_v"]
    require(frame, needed, "plot_segment_profile")
    words = Wording(language=language, labels=labels)
    segments, cells = distinct(frame, "segment"), lookup(frame, "attribute", "value", "segment")
    order = frame.drop_duplicates("attribute").sort_values("cramers_v", ascending=False)
    blocks = [_attribute_block(words, frame, row) for row in rows_of(order)]

    def values(row: Row) -> list[float]:
        keys = [(row["attribute"], row["value"], segment) for segment in segments]
        return [100 * number(cells.get(key), "share") for key in keys]

    texts = [words.say("header.segment", segment=segment) for segment in segments]
    drawing = _dots(blocks, values, texts, words.say("axis.segment_share"))
    caption, note = words.say("figure.segment_profile"), words.say("note.segment_profile")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _attribute_block(words: Wording, frame: pd.DataFrame, first: Row) -> Block:
    attribute = first["attribute"]
    rows = tuple(rows_of(part(frame, "attribute", attribute).drop_duplicates("value")))
    heading = words.say(
        "phrase.attribute",
        attribute=words.label(attribute),
        association=numbers.decimal(number(first, "cramers_v"), 2),
    )
    texts = tuple(words.value(attribute, row["value"]) for row in rows)
    return Block(heading=heading, texts=texts, rows=rows)


def _dots(
    blocks: Sequence[Block],
    values: Callable[[Row], list[float]],
    texts: Sequence[str],
    axis: str,
) -> Drawing:
    """Draw a marker a segment on every line; all segments at the same height."""
    columns = halves(blocks, most=20)
    length = max(sum(block.size for block in column) for column in columns)
    with style.house():
        drawing = style.canvas(
            style.row_height(length, each=0.5, extra=2.6), columns=len(columns), sharex=True
        )
        for axes, column in zip(drawing.axes, columns, strict=True):
            zero_line(axes)
            for y, row in headed_axis(axes, column, length):
                found = values(row)
                axes.hlines(y, min(found), max(found), color="#c3ccd4", linewidth=1.2, zorder=1)
                for position, value in enumerate(found):
                    dot(axes, {"estimate": value, "lower": value, "upper": value}, y, position)
            axes.set_xlabel(axis)
        group_legend(drawing, list(texts))
        style.finish(drawing)
    return drawing
