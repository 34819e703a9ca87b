"""The figure that shows every unit's level and lead at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.frames import Row, number, require, rows_of
from csat_models.report.language import Wording

_CORNERS = (
    (6, 5, "left", "bottom"),
    (-6, 5, "right", "bottom"),
    (6, -5, "left", "top"),
    (-6, -5, "right", "top"),
    (0, 12, "center", "bottom"),
    (0, -12, "center", "top"),
    (16, 12, "left", "bottom"),
    (-16, 12, "right", "bottom"),
    (16, -12, "left", "top"),
    (-16, -12, "right", "top"),
)


def plot_standing(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    unit: str = "city",
    level: float = 0.95,
    name: str = "standing",
) -> Figure:
    """Return a scatter of the units' leads against their levels.

    Parameters
    ----------
    frame : DataFrame
        The column `unit`, ``level``, ``lead``; optionally ``level_lower``,
        ``level_upper``, ``lead_lower``, ``lead_upper``; as for
        `standing_table`.
    labels : mapping of str to str
        Texts of the construct and the units.
    language : {"zh", "en"}
        Language of the figure.
    construct : str
        Whose index it is.
    unit : str
        The column of units.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, [unit, "level", "lead"], "plot_standing")
    words = Wording(language=language, labels=labels)
    rows = rows_of(frame)
    with style.house():
        drawing = style.canvas(10.0)
        axes = drawing.axes[0]
        axes.axhline(0, color=style.INK, linewidth=0.9, zorder=1)
        axes.axvline(float(frame["level"].mean()), color=style.QUIET, linewidth=0.8, linestyle=":")
        for row in rows:
            _draw_cross(axes, row)
        axes.set_xlabel(words.say("axis.index_of", construct=words.label(construct)))
        axes.set_ylabel(words.say("axis.lead"))
        axes.margins(0.08)
        drawing.draw_without_rendering()
        _write_names(axes, rows, [words.value(unit, row[unit]) for row in rows])
        style.finish(drawing)
    caption = words.say(
        "figure.standing", construct=words.label(construct), unit=words.inline(unit)
    )
    note = words.say("note.standing_figure", level=numbers.level(level))
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _draw_cross(axes: Axes, row: Row) -> None:
    x, y = number(row, "level"), number(row, "lead")
    line: dict[str, Any] = {"color": "#a9bccd", "linewidth": 0.9, "zorder": 2}
    axes.hlines(y, number(row, "level_lower"), number(row, "level_upper"), **line)
    axes.vlines(x, number(row, "lead_lower"), number(row, "lead_upper"), **line)
    marker, colour = ("o", style.BLUE) if y >= 0 else ("D", style.OCHRE)
    axes.plot(x, y, marker=marker, markersize=5, color=colour, linestyle="none", zorder=4)


def _write_names(axes: Axes, rows: Sequence[Row], texts: Sequence[str]) -> None:
    points = [axes.transData.transform((number(r, "level"), number(r, "lead"))) for r in rows]
    taken = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in points]
    for row, text in zip(rows, texts, strict=True):
        candidates = [_annotate(axes, row, text, corner) for corner in _CORNERS]
        boxes = [note.get_window_extent() for note in candidates]
        costs = [_overlap(box, taken, axes.bbox) + 0.5 * n for n, box in enumerate(boxes)]
        best = costs.index(min(costs))
        taken.append(boxes[best])
        for position, note in enumerate(candidates):
            if position != best:
                note.remove()


def _annotate(axes: Axes, row: Row, text: str, corner: tuple[int, int, str, str]) -> Annotation:
    right, up, horizontal, vertical = corner
    return axes.annotate(
        text,
        (number(row, "level"), number(row, "lead")),
        xytext=(right, up),
        textcoords="offset points",
        ha=horizontal,
        va=vertical,
        fontsize=8,
        zorder=5,
        path_effects=[withStroke(linewidth=2.2, foreground="white")],
    )


def _overlap(box: Bbox, taken: Sequence[Bbox], frame: Bbox) -> float:
    areas = [
        shared.width * shared.height
        for other in taken
        if (shared := Bbox.intersection(box, other)) is not None
    ]
    inside = Bbox.intersection(box, frame)
    outside = box.width * box.height - (inside.width * inside.height if inside else 0.0)
    return sum(areas) + 10 * outside
