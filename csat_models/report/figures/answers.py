"""Figures of the answers: distributions, and profiles of the items by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.field import item_map
from csat_models.report.frames import distinct, part, require
from csat_models.report.language import Wording, shorten

_PANELS_IN_A_ROW = 4
_PANEL_HEIGHT = 2.3
_PROFILE_HEIGHT = 2.6


def plot_distributions(
    frame: pd.DataFrame,
    *,
    language: Language,
    level: float = 0.95,
    name: str = "distributions",
) -> Figure:
    """Return the distribution of the answers with intervals, a panel an item.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``answer`` (number), ``share`` (0 to 1), ``lower``,
        ``upper``, NaN where too few gave the answer; items in the order shown.
    language : {"zh", "en"}
        Language of the figure.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, ["item", "answer", "share", "lower", "upper"], "plot_distributions")
    words = Wording(language=language)
    items = distinct(frame, "item")
    columns = min(_PANELS_IN_A_ROW, len(items))
    lines = -(-len(items) // columns)
    with style.house():
        drawing = style.canvas(
            1.6 + _PANEL_HEIGHT * lines, rows=lines, columns=columns, sharex=True, sharey=True
        )
        for axes, item in zip(drawing.axes, items, strict=False):
            _draw_distribution(axes, part(frame, "item", item))
            axes.set_title(str(item), fontsize=7.5)
        _hide_spare(drawing.axes, len(items))
        drawing.supxlabel(words.say("axis.answer"), fontsize=8.5)
        drawing.supylabel(words.say("axis.answers"), fontsize=8.5)
        style.finish(drawing)
    note = words.say("note.distributions", level=numbers.level(level))
    if frame["share"].isna().any():
        note = f"{note}{words.say('phrase.space')}{words.say('note.small_cells')}"
    return Figure(name=name, caption=words.say("figure.distributions"), drawing=drawing, note=note)


def _draw_distribution(axes: Axes, answers: pd.DataFrame) -> None:
    place, share = answers["answer"].to_numpy(float), 100 * answers["share"].to_numpy(float)
    lower, upper = 100 * answers["lower"].to_numpy(float), 100 * answers["upper"].to_numpy(float)
    axes.bar(place, share, width=0.8, color="#9db6cc", edgecolor=style.BLUE, linewidth=0.5)
    axes.vlines(place, lower, upper, color=style.INK, linewidth=1.1)
    ends = [place.min(), place.max()]
    axes.set_xticks(ends, labels=[f"{end:g}" for end in ends])
    axes.grid(axis="y")
    axes.tick_params(labelsize=7)


def _hide_spare(axes: Sequence[Axes], used: int) -> None:
    for spare in axes[used:]:
        spare.set_visible(False)


def plot_item_profile(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    unit: str = "city",
    by: str | None = None,
    ours: str | None = None,
    name: str = "item_profile",
) -> Figure:
    """Return the means of the items by unit as a heat map.

    Parameters
    ----------
    frame : DataFrame
        ``unit``'s column, ``item``, ``mean``; NaN where the cell is too small
        to be shown.
    labels : mapping of str to str
        The items' wording and the units' names.
    language : {"zh", "en"}
        Language of the figure.
    unit : str
        The column of units.
    by, ours : str, optional
        The column of brands and the one whose customers are shown.
    name : str
        The figure's name.
    """
    require(frame, [unit, "item", "mean"], "plot_item_profile")
    words = Wording(language=language, labels=labels)
    wide = frame.pivot(index="item", columns=unit, values="mean")
    wide = wide.loc[distinct(frame, "item"), distinct(frame, unit)]
    drawing = item_map(words, wide, unit, digits=1)
    caption = words.say("figure.item_profile", unit=words.inline(unit))
    return Figure(name=name, caption=caption, drawing=drawing, note=_profile_note(words, by, ours))


def _profile_note(words: Wording, by: str | None, ours: str | None) -> str:
    blank = words.say("note.small_cells")
    if by is None or ours is None:
        return blank
    whose = words.say("note.customers_of", brand=words.value(by, ours))
    return f"{whose}{words.say('phrase.space')}{blank}"


def plot_unit_profiles(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    unit: str = "city",
    name: str = "unit_profiles",
) -> Figure:
    """Return how far each unit lies from the mean of all, item by item, a panel a unit.

    Parameters
    ----------
    frame : DataFrame
        ``unit``'s column, ``item``, ``difference`` (score points); NaN where
        the cell is too small to be shown.
    labels : mapping of str to str
        The units' names.
    language : {"zh", "en"}
        Language of the figure.
    unit : str
        The column of units.
    name : str
        The figure's name.
    """
    require(frame, [unit, "item", "difference"], "plot_unit_profiles")
    words = Wording(language=language, labels=labels)
    units, items = distinct(frame, unit), distinct(frame, "item")
    columns = min(2, len(units))
    lines = -(-len(units) // columns)
    with style.house():
        drawing = style.canvas(
            2.2 + _PROFILE_HEIGHT * lines, rows=lines, columns=columns, sharex=True, sharey=True
        )
        for axes, value in zip(drawing.axes, units, strict=False):
            found = part(frame, unit, value).set_index("item")["difference"]
            _draw_profile(axes, found.reindex(items).to_numpy(float))
            axes.set_title(shorten(words.value(unit, value), 30), fontsize=8)
            axes.set_xticks(range(len(items)), labels=items, rotation=90, fontsize=5.5)
        _hide_spare(drawing.axes, len(units))
        for axes in drawing.axes[len(units) - columns : len(units)]:
            axes.tick_params(axis="x", labelbottom=True)
        drawing.supylabel(words.say("axis.profile_difference"), fontsize=8.5)
        style.finish(drawing)
    caption = words.say("figure.unit_profiles", unit=words.inline(unit))
    note = words.say("note.unit_profiles")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _draw_profile(axes: Axes, difference: np.ndarray) -> None:
    place = np.arange(len(difference))
    above = difference >= 0
    axes.axhline(0.0, color=style.INK, linewidth=0.9)
    for chosen, colour, hatch in ((above, "#9db6cc", ""), (~above, "white", "/////")):
        axes.bar(
            place[chosen],
            difference[chosen],
            width=0.8,
            color=colour,
            edgecolor=style.BLUE,
            linewidth=0.5,
            hatch=hatch,
        )
    axes.set_xlim(-0.7, len(difference) - 0.3)
    axes.grid(axis="y")
    axes.tick_params(axis="y", labelsize=7)
