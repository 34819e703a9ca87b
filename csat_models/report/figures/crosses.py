"""Points with an interval in both directions, and their names beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from csat_models.report import style
from csat_models.report.frames import Row, number

_DIRECTIONS = (
    (1, 1, "left", "bottom"),
    (-1, 1, "right", "bottom"),
    (1, -1, "left", "top"),
    (-1, -1, "right", "top"),
    (0, 1, "center", "bottom"),
    (0, -1, "center", "top"),
)
_NEAR, _FAR = (6, 5), ((14, 12), (26, 18), (38, 26))
_CORNERS = tuple(
    (right * across, up * high, horizontal, vertical)
    for across, high in (_NEAR, *_FAR)
    for right, up, horizontal, vertical in _DIRECTIONS
)
"""Where a name can stand, the best places first; from the far ones a line leads to its point."""


def draw_cross(
    axes: Axes, row: Row, names: tuple[str, str], *, marker: str = "o", colour: str = style.BLUE
) -> None:
    """Draw a row's point, with its intervals where the row has them.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    row : mapping
        ``x``, ``y`` and their ``_lower`` and ``_upper``, under the names given.
    names : (str, str)
        Columns of the horizontal and of the vertical axis.
    marker, colour : str
        Of the point.
    """
    horizontal, vertical = names
    x, y = number(row, horizontal), number(row, vertical)
    line: dict[str, Any] = {"color": "#a9bccd", "linewidth": 0.9, "zorder": 2}
    axes.hlines(y, number(row, f"{horizontal}_lower"), number(row, f"{horizontal}_upper"), **line)
    axes.vlines(x, number(row, f"{vertical}_lower"), number(row, f"{vertical}_upper"), **line)
    axes.plot(x, y, marker=marker, markersize=5, color=colour, linestyle="none", zorder=4)


def write_names(
    axes: Axes, points: Sequence[tuple[float, float]], texts: Sequence[str], *, size: float = 8
) -> None:
    """Write each point's name where it covers least; the drawing must be laid out before.

    Parameters
    ----------
    axes : Axes
        Where to write.
    points : sequence of (float, float)
        Places in data coordinates.
    texts : sequence of str
        One a point.
    size : float
        Of the letters, in points.
    """
    places = [axes.transData.transform(point) for point in points]
    taken = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in places]
    for point, text in zip(points, texts, strict=True):
        candidates = [_annotate(axes, point, text, corner, size) for corner in _CORNERS]
        boxes = [note.get_window_extent() for note in candidates]
        costs = [_overlap(box, taken, axes.bbox) + 0.5 * n for n, box in enumerate(boxes)]
        best = costs.index(min(costs))
        taken.append(boxes[best])
        _lead(axes, point, _CORNERS[best])
        for position, note in enumerate(candidates):
            if position != best:
                note.remove()


def _annotate(
    axes: Axes,
    point: tuple[float, float],
    text: str,
    corner: tuple[int, int, str, str],
    size: float,
) -> Annotation:
    right, up, horizontal, vertical = corner
    return axes.annotate(
        text,
        point,
        xytext=(right, up),
        textcoords="offset points",
        ha=horizontal,
        va=vertical,
        fontsize=size,
        zorder=5,
        path_effects=[withStroke(linewidth=2.2, foreground="white")],
    )


def _lead(axes: Axes, point: tuple[float, float], corner: tuple[int, int, str, str]) -> None:
    """Draw a line from a name that stands far off to its point."""
    right, up, *_ = corner
    if abs(right) > _NEAR[0] or abs(up) > _NEAR[1]:
        line = {"arrowstyle": "-", "color": style.QUIET, "linewidth": 0.6, "shrinkB": 3}
        axes.annotate("", point, (right, up), textcoords="offset points", arrowprops=line)


def _overlap(box: Bbox, taken: Sequence[Bbox], frame: Bbox) -> float:
    areas = [
        shared.width * shared.height
        for other in taken
        if (shared := Bbox.intersection(box, other)) is not None
    ]
    inside = Bbox.intersection(box, frame)
    outside = box.width * box.height - (inside.width * inside.height if inside else 0.0)
    return sum(areas) + 10 * outside
