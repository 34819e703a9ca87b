"""How figures look: fonts, colours, sizes, all readable in grey.

Drawings are made with matplotlib's object interface and never registered with
pyplot. :func:`canvas` opens one under the house style; :func:`finish` lays it
out once and freezes the layout, so that the same figure gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INCH = 2.54
TEXT_WIDTH = 15.0
"""Width of the text block in cm."""

INK = "#22303c"
QUIET = "#8a949c"
GRID = "#e4e7ea"
BAND = "#f4f6f8"
BLUE = "#1f4e79"
OCHRE = "#c9822b"
COLOURS = (BLUE, OCHRE, "#5b8c5a", "#8e4585")
FILLS = (BLUE, "#ffffff", "#5b8c5a", "#ffffff")
MARKERS = ("o", "D", "s", "^")
LINES: tuple[Literal["-", "--", "-.", ":"], ...] = ("-", "--", "-.", ":")
SEQUENCE = ("#7a3b12", "#b5651d", "#d9a25f", "#ead3b0", "#eceff1", "#b9cfe0", "#7fa8c9", "#3f7aa8")
MAPS = "Blues"


@cache
def font_families() -> tuple[str, ...]:
    """Return the families that figures are set in, the package's own first.

    Fonts lying in ``csat_models/report/fonts`` are registered with matplotlib
    on the first call; where none is there, an installed font that has Chinese
    characters takes its place.
    """
    own = [_register(path) for path in _font_files()]
    installed = set(font_manager.get_font_names())
    spare = ["Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "SimHei"]
    wanted = [*own, *([] if own else spare), "DejaVu Sans"]
    return tuple(dict.fromkeys(name for name in wanted if name in installed or name in own))


def _font_files() -> list[Path]:
    folder = Path(str(resources.files("csat_models.report").joinpath("fonts")))
    return sorted(folder.glob("NotoSansSC-*.otf"))


def _register(path: Path) -> str:
    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=path).get_name()


@cache
def settings() -> dict[str, Any]:
    """Return matplotlib's settings in the house style."""
    return {
        "font.family": list(font_families()),
        "font.size": 8.5,
        "axes.labelsize": 8.5,
        "axes.titlesize": 9,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.edgecolor": QUIET,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": False,
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "text.color": INK,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "xtick.major.size": 2.5,
        "ytick.major.size": 0,
        "xtick.major.width": 0.7,
        "legend.frameon": False,
        "legend.fontsize": 8,
        "legend.handlelength": 1.6,
        "legend.columnspacing": 1.6,
        "hatch.linewidth": 0.6,
        "lines.linewidth": 1.4,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "figure.constrained_layout.h_pad": 0.07,
        "figure.constrained_layout.w_pad": 0.07,
    }


@contextmanager
def house() -> Iterator[None]:
    """Draw under the house style, and only inside this block."""
    settings_now: Any = settings()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings_now)
        yield


def canvas(height: float, *, rows: int = 1, columns: int = 1, **options: Any) -> Figure:
    """Return an empty drawing of the text block's width.

    Parameters
    ----------
    height : float
        Height in cm.
    rows, columns : int
        Panels; their axes are ``figure.axes``, row by row.
    **options
        For ``Figure.subplots``, such as ``sharex=True``.
    """
    drawing = Figure(figsize=(TEXT_WIDTH / INCH, height / INCH), layout="constrained")
    drawing.subplots(rows, columns, squeeze=False, **options)
    return drawing


def finish(drawing: Figure) -> Figure:
    """Lay the drawing out under the house style and freeze it; one pass leaves texts cut."""
    engine = drawing.get_layout_engine()
    for _ in range(2):
        if engine is not None:
            engine.execute(drawing)
    drawing.set_layout_engine("none")
    return drawing


def row_height(count: int, *, each: float = 0.55, extra: float = 1.9, least: float = 4.0) -> float:
    """Return the height in cm of a figure with `count` lines."""
    return max(least, each * count + extra)


def rows_axis(axes: Axes, texts: Sequence[str]) -> None:
    """Write the lines' names on the vertical axis, the first on top."""
    axes.set_yticks(range(len(texts)), labels=list(texts))
    axes.set_ylim(len(texts) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
