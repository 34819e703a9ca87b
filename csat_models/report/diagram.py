"""The path diagram: constructs as boxes, path coefficients on arrows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.frames import Row, lookup, number, require
from csat_models.report.language import Wording, wrap
from csat_models.report.layout import Layout, Node, Path, arrange

BOX_WIDTH, BOX_HEIGHT = 2.7, 1.0
LANE_WIDTH, GAP = 0.75, 0.28
PITCH = 2.15
LABEL_WIDTH, LABEL_HEIGHT = 0.82, 0.34
HEAD = 0.2

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One path of the diagram.

    Attributes
    ----------
    row : mapping
        The path's row of the frame.
    outline : matplotlib Path
        Its curve.
    points : (100, 2) array
        Points along the curve.
    """

    row: Row
    outline: Outline
    points: Points


def plot_path_diagram(
    paths: pd.DataFrame,
    r_squared: pd.DataFrame | None = None,
    *,
    labels: Mapping[str, str],
    language: Language,
    constructs: Sequence[str] = (),
    level: float = 0.95,
    name: str = "path_diagram",
) -> Figure:
    """Return the path diagram.

    Parameters
    ----------
    paths : DataFrame
        ``source``, ``target``, ``estimate``, optionally ``lower`` and
        ``upper`` (an arrow is dashed where the interval contains zero); as
        for `paths_table`. The paths must not run in a circle.
    r_squared : DataFrame, optional
        ``construct``, ``estimate``; written in the boxes.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    constructs : sequence of str
        Model order, which settles ties; by default the order of appearance.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(paths, ["source", "target", "estimate"], "plot_path_diagram")
    words = Wording(language=language, labels=labels)
    found = [*constructs, *paths["source"], *paths["target"]]
    layout = arrange(
        list(dict.fromkeys(found)),
        list(zip(paths["source"], paths["target"], strict=True)),
        box_width=BOX_WIDTH,
        lane_width=LANE_WIDTH,
        gap=GAP,
    )
    with style.house():
        drawing = style.canvas(PITCH * (len(layout.layers) - 1) + BOX_HEIGHT + 0.5)
        axes = drawing.axes[0]
        axes.set_axis_off()
        _frame_axes(axes, layout)
        arrows = _arrows(layout, lookup(paths, "source", "target"))
        for arrow in arrows:
            _draw_arrow(axes, arrow)
        _draw_boxes(axes, layout, words, r_squared)
        _write_coefficients(axes, arrows, layout)
        style.finish(drawing)
    note = words.say("note.diagram", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.path_diagram"), drawing=drawing, note=note)


def _frame_axes(axes: Axes, layout: Layout) -> None:
    halves = {
        node: (BOX_WIDTH if isinstance(node, str) else LANE_WIDTH) / 2 for node in layout.places
    }
    left = min(place - halves[node] for node, place in layout.places.items()) - 0.1
    right = max(place + halves[node] for node, place in layout.places.items()) + 0.1
    spare = max(style.TEXT_WIDTH - (right - left), 0.0) / 2
    axes.set_xlim(left - spare, right + spare)
    axes.set_ylim(-PITCH * (len(layout.layers) - 1) - BOX_HEIGHT / 2 - 0.1, BOX_HEIGHT / 2 + 0.1)


def _arrows(layout: Layout, rows: Mapping[tuple[str, ...], Row]) -> list[Arrow]:
    depth = {node: layer for layer, row in enumerate(layout.layers) for node in row}
    starts, ends = _ports(layout)
    arrows = []
    for path, route in layout.routes.items():
        xs = [starts[path], *(layout.places[node] for node in route[1:-1]), ends[path]]
        outline = _curve(xs, [-PITCH * depth[node] for node in route])
        arrows.append(Arrow(row=rows[path], outline=outline, points=_points(outline)))
    return arrows


def _ports(layout: Layout) -> tuple[dict[Path, float], dict[Path, float]]:
    starts: dict[Path, float] = {}
    ends: dict[Path, float] = {}
    for name in (node for row in layout.layers for node in row if isinstance(node, str)):
        leaving = [path for path in layout.routes if path[0] == name]
        entering = [path for path in layout.routes if path[1] == name]
        starts |= _spread(name, {path: layout.routes[path][1] for path in leaving}, layout)
        ends |= _spread(name, {path: layout.routes[path][-2] for path in entering}, layout)
    return starts, ends


def _spread(name: str, towards: Mapping[Path, Node], layout: Layout) -> dict[Path, float]:
    order = sorted(towards, key=lambda path: layout.places[towards[path]])
    step = min(0.55, 0.8 * BOX_WIDTH / max(len(order), 1))
    middle = (len(order) - 1) / 2
    return {path: layout.places[name] + step * (n - middle) for n, path in enumerate(order)}


def _curve(xs: Sequence[float], ys: Sequence[float]) -> Outline:
    """Return a smooth curve that crosses every layer's band straight down."""
    vertices: list[tuple[float, float]] = [(xs[0], ys[0] - BOX_HEIGHT / 2)]
    codes: list[Any] = [Outline.MOVETO]
    last = len(xs) - 1
    for place in range(1, len(xs)):
        top = ys[place - 1] - BOX_HEIGHT / 2
        bottom = ys[place] + BOX_HEIGHT / 2 + (HEAD if place == last else 0.0)
        bend = 0.55 * (top - bottom)
        vertices += [(xs[place - 1], top - bend), (xs[place], bottom + bend), (xs[place], bottom)]
        codes += [Outline.CURVE4] * 3
        if place < last:
            vertices.append((xs[place], ys[place] - BOX_HEIGHT / 2))
            codes.append(Outline.LINETO)
    return Outline(vertices, codes)


def _points(outline: Outline, count: int = 100) -> Points:
    steps = np.linspace(0.0, 1.0, 30)
    curves: Any = outline.iter_bezier()
    pieces = [curve(steps) for curve, _ in curves]
    points = np.concatenate(pieces)
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, lengths[-1], count)
    return np.column_stack([np.interp(at, lengths, points[:, axis]) for axis in (0, 1)])


def _look(row: Row) -> tuple[str, str, float]:
    size = abs(number(row, "estimate"))
    lower, upper = number(row, "lower"), number(row, "upper")
    known = not (np.isnan(lower) or np.isnan(upper))
    unsure = known and not numbers.excludes_zero(lower, upper)
    colour = style.QUIET if unsure else style.BLUE
    if not unsure and number(row, "estimate") < 0:
        colour = style.OCHRE
    return colour, "dashed" if unsure else "solid", 0.8 + 3.0 * min(size, 1.0)


def _draw_arrow(axes: Axes, arrow: Arrow) -> None:
    colour, dashes, width = _look(arrow.row)
    pattern = (0, (4, 2.2)) if dashes == "dashed" else dashes
    axes.add_patch(
        PathPatch(
            arrow.outline,
            fill=False,
            edgecolor=colour,
            linewidth=width,
            linestyle=pattern,
            capstyle="butt",
            zorder=1,
        )
    )
    x, y = arrow.points[-1]
    half = 0.06 + 0.022 * width
    corners = [(x - half, y + 0.03), (x + half, y + 0.03), (x, y - HEAD)]
    axes.add_patch(Polygon(corners, closed=True, facecolor=colour, linewidth=0, zorder=2))


def _draw_boxes(axes: Axes, layout: Layout, words: Wording, r_squared: pd.DataFrame | None) -> None:
    explained = {} if r_squared is None else lookup(r_squared, "construct")
    for layer, row in enumerate(layout.layers):
        for name in (node for node in row if isinstance(node, str)):
            _draw_box(axes, layout.places[name], -PITCH * layer)
            share = number(explained.get((name,)), "estimate")
            _write_box(axes, layout.places[name], -PITCH * layer, words.label(name), share)


def _draw_box(axes: Axes, x: float, y: float) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x - BOX_WIDTH / 2 + 0.06, y - BOX_HEIGHT / 2 + 0.06),
            BOX_WIDTH - 0.12,
            BOX_HEIGHT - 0.12,
            boxstyle="round,pad=0.06,rounding_size=0.16",
            facecolor="#f3f6f9",
            edgecolor=style.INK,
            linewidth=0.9,
            zorder=3,
        )
    )


def _write_box(axes: Axes, x: float, y: float, text: str, share: float) -> None:
    lines = wrap(text, 16)
    known = not np.isnan(share)
    up = 0.15 if known else 0.0
    size = (8.5, 7.5, 6.5)[min(lines.count("\n"), 2)]
    options: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
    axes.text(x, y + up, lines, fontsize=size, fontweight="bold", linespacing=1.0, **options)
    if known:
        down = 0.22 if "\n" not in lines else 0.32
        shown = f"R² = {numbers.decimal(share, 2)}"
        axes.text(x, y - down, shown, fontsize=7, color="#4a5763", **options)


def _write_coefficients(axes: Axes, arrows: Sequence[Arrow], layout: Layout) -> None:
    boxes = [
        (layout.places[node], -PITCH * layer, BOX_WIDTH, BOX_HEIGHT)
        for layer, row in enumerate(layout.layers)
        for node in row
        if isinstance(node, str)
    ]
    taken: list[tuple[float, float, float, float]] = list(boxes)
    everything = np.stack([arrow.points for arrow in arrows])
    for position in sorted(range(len(arrows)), key=lambda p: -arrows[p].points[-1, 1] + p * 1e-6):
        arrow = arrows[position]
        others = np.delete(everything, position, axis=0).reshape(-1, 2)
        costs = [_cost(place, arrow, others, taken) for place in range(8, 93)]
        x, y = arrow.points[8 + int(np.argmin(costs))]
        taken.append((float(x), float(y), LABEL_WIDTH, LABEL_HEIGHT))
        _write_coefficient(axes, arrow, float(x), float(y))


def _cost(
    place: int,
    arrow: Arrow,
    others: Points,
    taken: Sequence[tuple[float, float, float, float]],
) -> float:
    x, y = arrow.points[place]
    hits = sum(
        abs(x - a) < (LABEL_WIDTH + w) / 2 + 0.04 and abs(y - b) < (LABEL_HEIGHT + h) / 2 + 0.06
        for a, b, w, h in taken
    )
    inside = (np.abs(others[:, 0] - x) < LABEL_WIDTH / 2) & (
        np.abs(others[:, 1] - y) < LABEL_HEIGHT / 2
    )
    return float(100.0 * hits + 4.0 * inside.sum() + 0.02 * abs(place - 50))


def _write_coefficient(axes: Axes, arrow: Arrow, x: float, y: float) -> None:
    colour, dashes, _ = _look(arrow.row)
    axes.text(
        x,
        y,
        numbers.decimal(number(arrow.row, "estimate"), 2),
        ha="center",
        va="center",
        fontsize=7.5,
        fontweight="normal" if dashes == "dashed" else "bold",
        color="#5c6770" if colour == style.QUIET else colour,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        zorder=2.5,
    )
