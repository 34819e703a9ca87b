"""Figures on next year's sample: power by sample size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import NullFormatter

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.frames import distinct, part, require, rows_of
from csat_models.report.language import Wording
from csat_models.report.narrative.sentences import path

ENOUGH = 80.0
SHOWN = 4
HEIGHT = 7.5
ACROSS = 3


def plot_path_power(
    frame: pd.DataFrame,
    now: int,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "path_power",
) -> Figure:
    """Return the power of the smallest paths by sample size.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``path``, ``n_obs``, ``power``.
    now : int
        This year's respondents, marked.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    require(frame, ["source", "target", "path", "n_obs", "power"], "plot_path_power")
    words = Wording(language=language, labels=labels)
    each = frame.drop_duplicates(["source", "target"])
    smallest = rows_of(each.assign(size=each["path"].abs()).nsmallest(SHOWN, "size"))
    curves = {
        words.say(
            "phrase.effect",
            name=path(words, row),
            number=numbers.decimal(float(str(row["path"])), 2),
        ): part(part(frame, "source", row["source"]), "target", row["target"])
        for row in smallest
    }
    drawing = _curves(words, list(curves.values()), list(curves), now)
    caption, note = words.say("figure.path_power"), words.say("note.path_power_figure")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def plot_detectable(
    frame: pd.DataFrame,
    now: int,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    kind: str = "change",
    name: str = "detectable_change",
) -> Figure:
    """Return the power of changes, or leads, of 1, 2 and 3 points by sample size.

    Parameters
    ----------
    frame : DataFrame
        ``n_obs`` (of each sample), ``points``, ``power``.
    now : int
        Respondents of this year's sample, marked.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    construct : str
        Whose index it is.
    kind : {"change", "lead"}
        What is to be established.
    name : str
        The figure's name.
    """
    require(frame, ["n_obs", "points", "power"], "plot_detectable")
    words = Wording(language=language, labels=labels)
    points = distinct(frame, "points")
    texts = [words.count("point", int(each)) for each in points]
    drawing = _curves(words, [part(frame, "points", each) for each in points], texts, now)
    caption = words.say(f"figure.detectable_{kind}", construct=words.label(construct))
    note = words.say("note.detectable_figure")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _curves(
    words: Wording, frames: Sequence[pd.DataFrame], texts: Sequence[str], now: int
) -> Drawing:
    with style.house():
        drawing = style.canvas(HEIGHT)
        axes = drawing.axes[0]
        for position, frame in enumerate(frames):
            axes.plot(
                frame["n_obs"],
                100 * frame["power"],
                color=style.COLOURS[position % len(style.COLOURS)],
                linestyle=style.LINES[position % len(style.LINES)],
                marker=style.MARKERS[position % len(style.MARKERS)],
                markerfacecolor=style.FILLS[position % len(style.FILLS)],
                markersize=4.0,
                label=texts[position],
            )
        axes.axhline(ENOUGH, color=style.QUIET, linewidth=0.8, zorder=0)
        axes.axvline(now, color=style.QUIET, linewidth=0.8, linestyle=":", zorder=0)
        axes.set_xscale("log")
        sizes = [size for size in sorted(set(frames[0]["n_obs"])) if size != now]
        axes.set_xticks(sizes, labels=[numbers.integer(float(size)) for size in sizes])
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.minorticks_off()
        axes.set_ylim(0, 103)
        axes.set_xlabel(words.say("axis.sample_size"))
        axes.set_ylabel(words.say("axis.power"))
        drawing.legend(loc="outside upper left", ncols=2 if len(texts) > ACROSS else len(texts))
        style.finish(drawing)
    return drawing
