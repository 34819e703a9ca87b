from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from csat_models.report.pagination import paginate

PAGE = 680.0
CHAPTER = {"kind": "chapter", "height": 60.0, "below": 26.0}
HEADING = {"kind": "heading", "height": 14.0, "above": 22.0, "below": 13.0}


def paragraph(lines: int) -> dict[str, Any]:
    height = lines * 11.0 + (lines - 1) * 5.0
    return {"kind": "paragraph", "height": height, "line": 11.0, "leading": 5.0, "above": 5.0}


def figure(height: float) -> dict[str, Any]:
    space = {"above": 17.0, "below": 17.0}
    return {"kind": "figure", "height": height, "picture": height - 30, **space}


def table(rows: int, row: float = 20.0, note: float = 20.0) -> dict[str, Any]:
    parts = {"head": 40.0, "continued": 40.0, "rows": [row] * rows, "note": note}
    return {"kind": "table", "height": 40 + rows * row + note, "above": 17, "below": 17, **parts}


BLOCKS = st.one_of(
    st.just(CHAPTER),
    st.just(HEADING),
    st.integers(1, 60).map(paragraph),
    st.floats(50, 670).map(figure),
    st.builds(table, st.integers(1, 120), st.sampled_from([12.0, 20.0, 700.0])),
)


def kinds(blocks: list[dict[str, Any]], steps: list[dict[str, Any]]) -> list[str]:
    return [blocks[step["block"]]["kind"] for step in steps]


@given(st.lists(BLOCKS, max_size=25))
def test_every_block_and_every_row_is_printed_once_and_in_order(
    blocks: list[dict[str, Any]],
) -> None:
    steps = paginate(blocks, PAGE)
    shows = {place: block["kind"] in ("table", "figure") for place, block in enumerate(blocks)}
    for is_display in (True, False):
        printed = [step["block"] for step in steps if shows[step["block"]] == is_display]
        assert list(dict.fromkeys(printed)) == [p for p in shows if shows[p] == is_display]
    for place, block in enumerate(blocks):
        rows = [step["rows"] for step in steps if step["block"] == place]
        assert (rows[0][0], rows[-1][1]) == (0, len(block.get("rows", ())))
        assert all(one[1] == other[0] < other[1] for one, other in pairwise(rows))
        assert block["kind"] == "table" or len(rows) == 1


@given(st.lists(BLOCKS, max_size=25))
def test_nothing_leaves_its_chapter_and_text_passes_one_heading(
    blocks: list[dict[str, Any]],
) -> None:
    steps = paginate(blocks, PAGE)
    order = [step["block"] for step in steps]
    # What floats is printed on the page after the text that its step stands before.
    in_place = [step["block"] for step in steps if not step["floats"]]
    for at, place in enumerate(order):
        if blocks[place]["kind"] in ("table", "figure"):
            earlier = [blocks[later]["kind"] for later in order[:at] if later > place]
            assert "chapter" not in earlier
            assert earlier.count("heading") <= 1
        else:
            assert all(other < place for other in in_place[: in_place.index(place)])


@given(st.lists(BLOCKS, max_size=25))
def test_a_picture_keeps_most_of_its_size(blocks: list[dict[str, Any]]) -> None:
    assert all(0.8 < step["scale"] <= 1 for step in paginate(blocks, PAGE))


def test_text_fills_the_page_that_a_figure_leaves() -> None:
    blocks = [CHAPTER, paragraph(20), figure(500), paragraph(5), paragraph(4)]
    assert kinds(blocks, paginate(blocks, PAGE))[-3:] == ["paragraph", "paragraph", "figure"]


def test_a_figure_floats_over_a_paragraph_that_ends_on_the_next_page() -> None:
    blocks = [CHAPTER, paragraph(20), figure(450), paragraph(12), paragraph(12)]
    steps = [(step["block"], step["floats"]) for step in paginate(blocks, PAGE)]
    assert steps[2:] == [(3, False), (2, True), (4, False)]


def test_a_figure_shrinks_a_little_to_fit() -> None:
    blocks = [CHAPTER, paragraph(10), figure(470)]
    scales = [step["scale"] for step in paginate(blocks, PAGE)]
    assert 0.82 <= scales[-1] < 1


def test_a_short_table_is_whole_where_text_can_fill_the_page() -> None:
    text = [paragraph(4)] * 5
    blocks = [CHAPTER, paragraph(20), table(15), *text]
    assert [step["rows"] for step in paginate(blocks, PAGE) if step["block"] == 2] == [(0, 15)]


def test_a_table_is_split_rather_than_leave_much_of_a_page_empty() -> None:
    blocks = [CHAPTER, paragraph(10), table(24)]
    parts = [step["rows"] for step in paginate(blocks, PAGE) if step["block"] == 2]
    assert len(parts) == 2
    assert min(last - first for first, last in parts) >= 3


def test_a_heading_waits_for_the_page_of_its_figure() -> None:
    blocks = [CHAPTER, paragraph(12), figure(480), HEADING, figure(300)]
    assert kinds(blocks, paginate(blocks, PAGE))[-2:] == ["heading", "figure"]


def test_a_row_that_heads_others_is_not_left_behind() -> None:
    long = table(60)
    split = paginate([CHAPTER, long], PAGE)[1]["rows"][1]
    headed = {**long, "heads": (split - 2, split - 1)}
    assert paginate([CHAPTER, headed], PAGE)[1]["rows"] == (0, split - 2)
    assert paginate([CHAPTER, {**long, "heads": (split - 2,)}], PAGE)[1]["rows"] == (0, split)


def test_a_row_taller_than_a_page_may_be_broken() -> None:
    steps = paginate([CHAPTER, table(2, row=700.0)], PAGE)
    assert steps[-1]["loose"]


def test_a_section_begins_before_a_waiting_figure_only_where_much_would_stay_empty() -> None:
    def order(lines: int) -> list[int]:
        blocks = [paragraph(lines), figure(660), HEADING, paragraph(8)]
        return [step["block"] for step in paginate(blocks, PAGE)]

    assert order(10) == [0, 2, 3, 1]  # three quarters of the page are left
    assert order(35) == [0, 1, 2, 3]  # a fifth is
