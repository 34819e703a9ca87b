from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from csat_models.errors import DataError
from csat_models.report import figures, style
from csat_models.report.elements import Figure


def _all(made: SimpleNamespace, language: str) -> list[Figure]:
    options = {"labels": made.labels[language], "language": language}
    by = "operator" if len(made.operators) > 1 else None
    constructs = made.model.construct_names
    return [
        figures.plot_profile(made.profile, **options),
        figures.plot_answers(made.answers, **options),
        figures.plot_missing(made.missing, **options),
        figures.plot_item_means(made.item_means, by=by, **options),
        figures.plot_loadings(made.loadings, **options),
        figures.plot_reliability(made.reliability, **options),
        figures.plot_htmt(made.htmt, **options),
        figures.plot_path_diagram(made.paths, made.r_squared, constructs=constructs, **options),
        figures.plot_paths(made.group_paths, by=by, **options),
        figures.plot_total_effects(made.effects, **options),
        figures.plot_index(made.index, by=by, **options),
        figures.plot_index_by_unit(made.units, by=by, **options),
        figures.plot_lead(made.leads, **options),
        figures.plot_rank_probability(made.ranks, **options),
        figures.plot_standing(made.standing, **options),
        figures.plot_trend(made.trend, by=by, **options),
        figures.plot_change(made.changes, **options),
    ]


@pytest.fixture(scope="module")
def drawn(results: SimpleNamespace, small_results: SimpleNamespace) -> dict[str, list[Figure]]:
    figures = {"zh": _all(results, "zh"), "en": _all(small_results, "en")}
    for figure in (*figures["zh"], *figures["en"]):
        figure.drawing.draw_without_rendering()  # a legend's texts have their place when drawn
    return figures


def _texts(figure: Figure) -> list[Text]:
    texts = [text for legend in figure.drawing.legends for text in legend.get_texts()]
    for axes in figure.drawing.axes:
        if axes.get_visible():
            texts += [child for child in axes.get_children() if isinstance(child, Text)]
            texts += _axis_texts(axes)
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def _axis_texts(axes: Axes) -> list[Text]:
    if not axes.axison:
        return []
    texts = [axes.xaxis.label, axes.yaxis.label]
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        texts += [t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
    return texts


def _area(first: Bbox, second: Bbox) -> float:
    shared = Bbox.intersection(first, second)
    return 0.0 if shared is None else float(shared.width * shared.height)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_is_cut_at_the_edge(drawn: dict[str, list[Figure]], language: str) -> None:
    for figure in drawn[language]:
        frame = figure.drawing.bbox
        for text in _texts(figure):
            box = text.get_window_extent()
            cut = min(box.x0, box.y0, frame.width - box.x1, frame.height - box.y1)
            assert cut > -1.0, (figure.name, text.get_text())  # a pixel of hinting


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_lies_on_another(drawn: dict[str, list[Figure]], language: str) -> None:
    for figure in drawn[language]:
        texts = _texts(figure)
        boxes = [text.get_window_extent() for text in texts]
        for (one, box), (two, other) in combinations(zip(texts, boxes, strict=True), 2):
            least = min(box.width * box.height, other.width * other.height)
            # line boxes include ascenders, so neighbouring lines may touch by a tenth
            assert _area(box, other) <= 0.1 * least, (figure.name, one.get_text(), two.get_text())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_and_captions(drawn: dict[str, list[Figure]], language: str) -> None:
    shown = drawn[language]
    assert len({figure.name for figure in shown}) == len(shown)
    assert all(figure.caption and "{" not in figure.caption + figure.note for figure in shown)
    widths = {figure.drawing.get_size_inches()[0] * style.INCH for figure in shown}
    assert all(abs(width - style.TEXT_WIDTH) < 1e-9 for width in widths)  # float error of cm


def test_the_same_figure_gives_the_same_bytes(results: SimpleNamespace) -> None:
    options = {"labels": results.labels["zh"], "language": "zh"}
    first, second = (figures.plot_lead(results.leads, **options) for _ in range(2))
    assert first.svg() == second.svg() == first.svg()
    assert first.png() == first.png()


def test_drawing_leaves_the_settings_alone(results: SimpleNamespace) -> None:
    before = dict(mpl.rcParams)
    figures.plot_lead(results.leads, labels={}, language="en")
    assert dict(mpl.rcParams) == before


def test_figures_do_not_import_pyplot() -> None:
    code = "import sys, csat_models.report.figures; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_units_are_sorted_by_our_own_level(results: SimpleNamespace) -> None:
    figure = figures.plot_index_by_unit(results.units, labels={}, language="en", by="operator")
    shown = [text.get_text() for text in figure.drawing.axes[0].get_yticklabels()]
    ours = results.units[results.units["operator"] == "ours"]
    assert shown == list(ours.sort_values("estimate", ascending=False)["city"])


def _markers(figure: Figure) -> list[str]:
    lines = [line for line in figure.drawing.axes[0].lines if line.get_marker() in ("o", "D")]
    return [f"{line.get_marker()} {line.get_markerfacecolor() != 'white'}" for line in lines]


def test_markers_tell_what_the_interval_says() -> None:
    frame = pd.DataFrame(
        {
            "city": list("abc"),
            "estimate": [2.0, 0.5, -2.0],
            "lower": [1.0, -1, -3],
            "upper": [3, 2, -1],
        }
    )
    figure = figures.plot_lead(frame, labels={}, language="en")
    assert _markers(figure) == ["o True", "o False", "D True"]


def test_one_group_has_no_legend(results: SimpleNamespace) -> None:
    ours = results.index[results.index["operator"] == "ours"]
    options = {"labels": results.labels["en"], "language": "en"}
    assert figures.plot_index(ours, **options).drawing.legends == []
    assert len(figures.plot_index(results.index, by="operator", **options).drawing.legends) == 1


def _diagram(made: SimpleNamespace) -> Figure:
    return figures.plot_path_diagram(
        made.paths,
        made.r_squared,
        constructs=made.model.construct_names,
        labels=made.labels["en"],
        language="en",
    )


@pytest.mark.parametrize("size", ["results", "small_results"])
def test_no_arrow_runs_through_a_box(size: str, request: pytest.FixtureRequest) -> None:
    axes = _diagram(request.getfixturevalue(size)).drawing.axes[0]
    boxes = [
        patch.get_bbox().padded(0.05) for patch in axes.patches if isinstance(patch, FancyBboxPatch)
    ]
    steps = np.linspace(0, 1, 40)
    for arrow in (patch for patch in axes.patches if isinstance(patch, PathPatch)):
        points = np.concatenate([curve(steps) for curve, _ in arrow.get_path().iter_bezier()])
        assert not any(box.count_contains(points) for box in boxes)


def test_an_arrow_is_dashed_where_the_interval_contains_zero() -> None:
    paths = pd.DataFrame(
        {
            "source": ["A", "B"],
            "target": ["B", "C"],
            "estimate": [0.5, 0.1],
            "lower": [0.4, -0.1],
            "upper": [0.6, 0.3],
        }
    )
    axes = figures.plot_path_diagram(paths, labels={}, language="en").drawing.axes[0]
    arrows = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    assert [arrow.get_linestyle() == "solid" for arrow in arrows] == [True, False]
    assert arrows[0].get_linewidth() > arrows[1].get_linewidth()
    assert {text.get_text() for text in axes.texts} == {"A", "B", "C", "0.50", "0.10"}


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="plot_lead: the frame has no column lower, upper"):
        figures.plot_lead(
            pd.DataFrame({"city": ["a"], "estimate": [1.0]}), labels={}, language="en"
        )
