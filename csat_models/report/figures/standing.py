"""The figure that shows every unit's level and lead at once."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.crosses import draw_cross, write_names
from csat_models.report.frames import number, require, rows_of
from csat_models.report.language import Wording


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
            ahead = number(row, "lead") >= 0
            look = {"marker": "o" if ahead else "D", "colour": style.BLUE if ahead else style.OCHRE}
            draw_cross(axes, row, ("level", "lead"), **look)
        axes.set_xlabel(words.say("axis.index_of", construct=words.label(construct)))
        axes.set_ylabel(words.say("axis.lead"))
        axes.margins(0.08)
        drawing.draw_without_rendering()
        points = [(number(row, "level"), number(row, "lead")) for row in rows]
        write_names(axes, points, [words.value(unit, row[unit]) for row in rows])
        style.finish(drawing)
    caption = words.say(
        "figure.standing", construct=words.label(construct), unit=words.inline(unit)
    )
    note = words.say("note.standing_figure", level=numbers.level(level))
    return Figure(name=name, caption=caption, drawing=drawing, note=note)
