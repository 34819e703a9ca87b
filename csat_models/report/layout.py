"""Where the boxes and arrows of a path diagram stand.

A layered layout after Sugiyama: constructs lie in layers by their longest path
from an exogenous one; a path that skips layers passes each of them through a
stand-in, so that it never runs through a box; the order within the layers has
few crossings; the places are least-squares positions that keep their distance.

References
----------
Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of
hierarchical system structures, IEEE Transactions on Systems, Man, and
Cybernetics 11, 109-125.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Path = tuple[str, str]
Node = str | tuple[str, str, int]
"""A construct, or the stand-in of a path (source, target) in a layer."""

SWEEPS = 24
ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Places of boxes and arrows, in cm; the first layer is number 0.

    Attributes
    ----------
    layers : tuple of tuple
        Constructs and stand-ins, layer by layer, from left to right.
    places : mapping
        Horizontal middle of every node.
    routes : mapping of (str, str) to tuple
        The nodes that a path passes, from source to target.
    """

    layers: tuple[tuple[Node, ...], ...]
    places: Mapping[Node, float]
    routes: Mapping[Path, tuple[Node, ...]]


def longest_path_layers(constructs: Sequence[str], paths: Sequence[Path]) -> dict[str, int]:
    """Return the layer of every construct: its longest path from an exogenous one.

    Examples
    --------
    >>> longest_path_layers(["A", "B", "C"], [("A", "B"), ("B", "C"), ("A", "C")])
    {'A': 0, 'B': 1, 'C': 2}
    """
    layer = dict.fromkeys(constructs, 0)
    for _ in constructs:
        for source, target in paths:
            layer[target] = max(layer[target], layer[source] + 1)
    return layer


def arrange(
    constructs: Sequence[str],
    paths: Sequence[Path],
    *,
    box_width: float,
    lane_width: float,
    gap: float,
) -> Layout:
    """Return the layout of a path model without cycles.

    Parameters
    ----------
    constructs : sequence of str
        In model order, which settles ties.
    paths : sequence of (str, str)
        Source and target.
    box_width, lane_width, gap : float
        Width of a box, of the lane that a passing path takes, and the
        distance between neighbours, in cm.

    Examples
    --------
    >>> layout = arrange(["A", "B"], [("A", "B")], box_width=2, lane_width=1, gap=0.5)
    >>> layout.layers, layout.places["A"] == layout.places["B"]
    ((('A',), ('B',)), True)
    """
    depth = longest_path_layers(constructs, paths)
    routes = {path: _route(path, depth) for path in paths}
    edges = [edge for route in routes.values() for edge in pairwise(route)]
    layers = _order(_initial_layers(constructs, depth, routes), edges)
    reach = {
        node: ((box_width if isinstance(node, str) else lane_width) + gap) / 2
        for row in layers
        for node in row
    }
    places = _place(layers, edges, reach)
    for route in routes.values():
        _straighten(route[1:-1], layers, places, reach)
    return Layout(layers=tuple(map(tuple, layers)), places=places, routes=routes)


def _route(path: Path, depth: Mapping[str, int]) -> tuple[Node, ...]:
    source, target = path
    between = range(depth[source] + 1, depth[target])
    return (source, *((source, target, layer) for layer in between), target)


def _initial_layers(
    constructs: Sequence[str], depth: Mapping[str, int], routes: Mapping[Path, tuple[Node, ...]]
) -> list[list[Node]]:
    layers: list[list[Node]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in constructs:
        layers[depth[name]].append(name)
    for route in routes.values():
        for node in route[1:-1]:
            layers[int(node[2])].append(node)
    return layers


def _order(layers: list[list[Node]], edges: Sequence[tuple[Node, Node]]) -> list[list[Node]]:
    starts = [layers, [row[::-1] for row in layers], [_alternate(row) for row in layers]]
    found = [_sweep([list(row) for row in start], edges) for start in starts]
    return min(found, key=lambda rows: (crossings(rows, edges), _span(rows, edges)))


def _alternate(row: Sequence[Node]) -> list[Node]:
    boxes = [node for node in row if isinstance(node, str)]
    lanes = [node for node in row if not isinstance(node, str)]
    return [*lanes[::2], *boxes, *lanes[1::2]]


def _sweep(layers: list[list[Node]], edges: Sequence[tuple[Node, Node]]) -> list[list[Node]]:
    above, below = _neighbours(edges)
    best = [list(row) for row in layers]
    for turn in range(SWEEPS):
        down = turn % 2 == 0
        numbers = range(1, len(layers)) if down else range(len(layers) - 2, -1, -1)
        for number in numbers:
            fixed = layers[number - 1] if down else layers[number + 1]
            layers[number] = _by_barycentre(layers[number], fixed, above if down else below)
        _swap_neighbours(layers, edges)
        if crossings(layers, edges) < crossings(best, edges):
            best = [list(row) for row in layers]
    return best


def _neighbours(
    edges: Sequence[tuple[Node, Node]],
) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    above: dict[Node, list[Node]] = {}
    below: dict[Node, list[Node]] = {}
    for upper, lower in edges:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def _by_barycentre(
    row: Sequence[Node], fixed: Sequence[Node], neighbours: Mapping[Node, Sequence[Node]]
) -> list[Node]:
    position = {node: float(place) for place, node in enumerate(fixed)}
    scale = max(len(fixed) - 1, 1) / max(len(row) - 1, 1)

    def centre(place: int) -> float:
        near = [position[other] for other in neighbours.get(row[place], ()) if other in position]
        return sum(near) / len(near) if near else place * scale

    return [
        row[place] for place in sorted(range(len(row)), key=lambda place: (centre(place), place))
    ]


def _swap_neighbours(layers: list[list[Node]], edges: Sequence[tuple[Node, Node]]) -> None:
    for row in layers:
        for place in range(len(row) - 1):
            before = crossings(layers, edges)
            row[place], row[place + 1] = row[place + 1], row[place]
            if crossings(layers, edges) >= before:
                row[place], row[place + 1] = row[place + 1], row[place]


def crossings(layers: Sequence[Sequence[Node]], edges: Sequence[tuple[Node, Node]]) -> int:
    """Return how many pairs of edges between neighbouring layers cross."""
    position = {node: place for row in layers for place, node in enumerate(row)}
    layer = {node: number for number, row in enumerate(layers) for node in row}
    ends = [(layer[upper], position[upper], position[lower]) for upper, lower in edges]
    return sum(
        first[0] == second[0] and (first[1] - second[1]) * (first[2] - second[2]) < 0
        for place, first in enumerate(ends)
        for second in ends[:place]
    )


def _span(layers: Sequence[Sequence[Node]], edges: Sequence[tuple[Node, Node]]) -> float:
    position = {
        node: place - (len(row) - 1) / 2 for row in layers for place, node in enumerate(row)
    }
    return sum(abs(position[upper] - position[lower]) for upper, lower in edges)


def _place(
    layers: Sequence[Sequence[Node]],
    edges: Sequence[tuple[Node, Node]],
    reach: Mapping[Node, float],
) -> dict[Node, float]:
    above, below = _neighbours(edges)
    offsets = [_offsets(row, reach) for row in layers]
    places = {
        node: offset - shifts[-1] / 2
        for row, shifts in zip(layers, offsets, strict=True)
        for node, offset in zip(row, shifts, strict=True)
    }
    for turn in range(ROUNDS):
        numbers = range(len(layers)) if turn % 2 == 0 else range(len(layers) - 1, -1, -1)
        for number in numbers:
            row, shifts = layers[number], offsets[number]
            wanted = [_wanted(node, above, below, places) for node in row]
            bare = [place - shift for (place, _), shift in zip(wanted, shifts, strict=True)]
            settled = _isotonic(bare, [weight for _, weight in wanted])
            for node, place, shift in zip(row, settled, shifts, strict=True):
                places[node] = place + shift
    return places


def _straighten(
    lanes: Sequence[Node],
    layers: Sequence[Sequence[Node]],
    places: dict[Node, float],
    reach: Mapping[Node, float],
) -> None:
    now = [places[lane] for lane in lanes]
    wishes = sorted({min(now), max(now), sum(now) / len(now)}) if len(now) > 1 else []
    for wish in sorted(wishes, key=lambda x: sum(abs(x - place) for place in now)):
        if all(_is_free(lane, wish, layers, places, reach) for lane in lanes):
            places.update(dict.fromkeys(lanes, wish))
            return


def _is_free(
    lane: Node,
    wish: float,
    layers: Sequence[Sequence[Node]],
    places: Mapping[Node, float],
    reach: Mapping[Node, float],
) -> bool:
    row = next(row for row in layers if lane in row)
    here = row.index(lane)
    for place, other in enumerate(row):
        side = (place > here) - (place < here)
        distance = reach[lane] + reach[other] - 1e-9
        if side and side * (places[other] - wish) < distance:
            return False
    return True


def _offsets(row: Sequence[Node], reach: Mapping[Node, float]) -> list[float]:
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + reach[left] + reach[right])
    return offsets


def _wanted(
    node: Node,
    above: Mapping[Node, Sequence[Node]],
    below: Mapping[Node, Sequence[Node]],
    places: Mapping[Node, float],
) -> tuple[float, float]:
    near = [*above.get(node, ()), *below.get(node, ())]
    if not near:
        return places[node], 1.0
    weights = [_stiffness(node, other) for other in near]
    total = sum(weights)
    centre = sum(w * places[other] for w, other in zip(weights, near, strict=True)) / total
    return centre, total


def _stiffness(first: Node, second: Node) -> float:
    lanes = (not isinstance(first, str)) + (not isinstance(second, str))
    return (1.0, 1.5, 4.0)[lanes]


def _isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        mean, total, count = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, mass, size = blocks.pop()
            mean = (mean * total + other * mass) / (total + mass)
            total, count = total + mass, count + size
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]
