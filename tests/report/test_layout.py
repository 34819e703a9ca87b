from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.model import PathModel, catalogue
from csat_models.report.layout import Layout, arrange, crossings, longest_path_layers

BOX, LANE, GAP = 2.7, 0.75, 0.28
NAMES = tuple("ABCDEFGH")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    names = NAMES[: draw(st.integers(2, 8))]
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    return names, draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=14, unique=True))


def _depth(name: str, paths: list[tuple[str, str]]) -> int:
    return max((1 + _depth(source, paths) for source, target in paths if target == name), default=0)


@given(graphs())
def test_layers_are_the_longest_paths(graph: tuple[tuple[str, ...], list[tuple[str, str]]]) -> None:
    names, paths = graph
    assert longest_path_layers(names, paths) == {name: _depth(name, paths) for name in names}


def _arrange(names: tuple[str, ...], paths: list[tuple[str, str]]) -> Layout:
    return arrange(names, paths, box_width=BOX, lane_width=LANE, gap=GAP)


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_neighbours_keep_their_distance(
    graph: tuple[tuple[str, ...], list[tuple[str, str]]],
) -> None:
    layout = _arrange(*graph)
    for row in layout.layers:
        for left, right in pairwise(row):
            widths = [BOX if isinstance(node, str) else LANE for node in (left, right)]
            distance = layout.places[right] - layout.places[left]
            assert distance >= sum(widths) / 2 + GAP - 1e-6  # float error of sums of a few cm


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_every_path_passes_each_layer_between_its_ends(
    graph: tuple[tuple[str, ...], list[tuple[str, str]]],
) -> None:
    names, paths = graph
    layout = _arrange(names, paths)
    depth = {node: number for number, row in enumerate(layout.layers) for node in row}
    assert set(layout.routes) == set(paths)
    for route in layout.routes.values():
        steps = [depth[node] for node in route]
        assert steps == list(range(steps[0], steps[-1] + 1))


def test_crossings_are_counted() -> None:
    layers = [["A", "B"], ["C", "D"]]
    assert crossings(layers, [("A", "C"), ("B", "D")]) == 0
    assert crossings(layers, [("A", "D"), ("B", "C")]) == 1


@pytest.mark.parametrize(
    ("model", "most"),
    [(catalogue.ecsi_mobile(), 0), (catalogue.acsi(), 0), (catalogue.telecom(), 4)],
)
def test_catalogue_models_have_few_crossings(model: PathModel, most: int) -> None:
    layout = _arrange(model.construct_names, list(model.paths))
    edges = [edge for route in layout.routes.values() for edge in pairwise(route)]
    assert crossings(layout.layers, edges) <= most


def test_the_demonstration_fits_the_text_block() -> None:
    model = catalogue.telecom()
    places = _arrange(model.construct_names, list(model.paths)).places.values()
    assert max(places) - min(places) + BOX <= 15.0
