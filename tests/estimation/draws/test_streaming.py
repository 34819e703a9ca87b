"""Parts and batches: the moments of all rows, whatever comes in which order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import (
    PathModel,
    add_product_items,
    compute_moments,
    compute_parts,
    fit,
    stream_moments,
    stream_parts,
)
from csat_models.errors import DataError
from csat_models.estimation.draws.division import divide_names, divide_rows
from csat_models.estimation.draws.parts import Parts
from csat_models.survey import Codebook, parse_survey

ITEMS = ["x", "y", "z"]
FIELDS = ("mean", "cov", "n_obs", "weight_sum", "n_effective", "scale_min", "scale_max")


def make_survey(n: int, seed: int = 3, gaps: float = 0.1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(5.0, 2.0, (n, 3)), columns=ITEMS)
    frame["y"] += 0.7 * frame["x"]
    frame[ITEMS] = frame[ITEMS].mask(generator.random((n, 3)) < gaps)
    frame["city"] = generator.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    frame["w"] = generator.uniform(0.3, 3.0, n)
    frame["who"] = [f"p{k}" for k in generator.integers(0, n // 2 + 1, n)]
    return frame


def cut(frame: pd.DataFrame, *places: int) -> list[pd.DataFrame]:
    ends = [0, *places, len(frame)]
    return [frame.iloc[a:b] for a, b in pairwise(ends)]


def assert_same(found, expected) -> None:
    for name in FIELDS:
        one, other = getattr(found, name), getattr(expected, name)
        # Sums of a few hundred products in another order, about another centre.
        np.testing.assert_allclose(
            one.transpose(*other.dims), other, rtol=1e-10, atol=1e-10, err_msg=name
        )


@pytest.mark.parametrize("missing", ["mean", "listwise"])
@pytest.mark.parametrize("by", [[], ["city"]])
@pytest.mark.parametrize("weights", [None, "w"])
def test_streamed_moments_equal_those_of_all_rows(missing, by, weights):
    frame = make_survey(400)
    how = {"items": ITEMS, "by": by, "missing": missing, "sampling_weights": weights}
    expected = compute_moments(frame, **how)
    found = stream_moments(iter(cut(frame, 7, 150, 151)), **how)
    assert_same(found, expected)
    for parts in (2, 300):
        streamed = stream_parts(cut(frame, 90), parts=parts, **how)
        assert_same(streamed.moments(), expected)
        assert_same(compute_parts(frame, parts=parts, **how).moments(), expected)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=5), st.floats(-1e3, 1e3), st.booleans())
def test_where_batches_end_changes_nothing(places, shift, gaps):
    frame = make_survey(60, gaps=0.3 if gaps else 0.0)
    frame[ITEMS] += shift  # batches about other centres
    batches = cut(frame, *sorted(places))
    assert_same(
        stream_moments(batches, items=ITEMS, by=["city"]),
        compute_moments(frame, items=ITEMS, by=["city"]),
    )


def test_a_mean_replacement_is_that_of_all_batches():
    """In the first batch alone the missing answer would count as 1."""
    first = pd.DataFrame({"x": [1.0, np.nan], "y": [1.0, 2.0]})
    second = pd.DataFrame({"x": [7.0, np.nan], "y": [3.0, 4.0]})
    moments = stream_moments([first, second])
    assert moments.mean.sel(item="x").item() == 4.0
    # Deviations -3, 0, 3, 0 with divisor 3.
    assert moments.cov.sel(item="x", item_2="x").item() == pytest.approx(6.0, rel=1e-12)


@pytest.mark.parametrize("persons", [None, "who"])
def test_parts_of_two_files_are_the_parts_of_both(persons):
    frame = make_survey(500)
    one, two = cut(frame, 180)
    how = {"items": ITEMS, "by": ["city"], "parts": 40, "seed": 5, "persons": persons}
    whole = compute_parts(frame, **how)
    merged = compute_parts(one, **how).merge(compute_parts(two, first_row=180, **how))
    assert merged.n_rows == 500
    assert merged.cells.keys() == whole.cells.keys()
    for cell, (numbers, parts) in whole.cells.items():
        other_numbers, other = merged.cells[cell]
        np.testing.assert_array_equal(numbers, other_numbers)
        counts = np.random.default_rng(1).poisson(1.0, (30, len(numbers)))
        for mine, theirs in zip(parts.draw(counts), other.draw(counts), strict=True):
            # Sums about the first file's mean, and about that of both.
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)


def test_cells_of_one_file_only_are_kept():
    frame = make_survey(60)
    by_city = [frame[frame["city"] == city] for city in ("c", "a", "b")]
    found = stream_moments(by_city, items=ITEMS, by=["city"])
    assert found.mean["city"].values.tolist() == ["a", "b", "c"]
    assert_same(found, compute_moments(frame, items=ITEMS, by=["city"]))


def test_large_parts_have_the_same_sums_as_small_ones(monkeypatch):
    frame = make_survey(640, gaps=0.2)
    values, weights = frame[ITEMS].to_numpy(), frame["w"].to_numpy()
    part = divide_rows(np.arange(640), parts=20, seed=1)
    sorted_sums = Parts.of(values, weights, part, 20)
    monkeypatch.setattr("csat_models.estimation.draws.parts.LARGE_PART", 1000)
    small = Parts.of(values, weights, part, 20)
    for name in ("rows", "weight", "deviations", "products", "gaps", "gap_sums"):
        np.testing.assert_allclose(
            getattr(sorted_sums.sums, name), getattr(small.sums, name), rtol=1e-10, atol=1e-9
        )


def test_a_person_is_in_one_part_everywhere():
    names = [f"p{k}" for k in range(2000)]
    numbers = divide_names(names, parts=50, seed=4)
    shuffled = np.random.default_rng(1).permutation(2000)
    again = divide_names([names[k] for k in shuffled], parts=50, seed=4)
    np.testing.assert_array_equal(again, numbers[shuffled])
    # 40 a part on average: standard deviation 6.3.
    assert np.abs(np.bincount(numbers, minlength=50) - 40).max() < 5 * 6.3
    assert (divide_names(names, parts=50, seed=5) != numbers).mean() > 0.9


def test_assignment_is_frozen():
    """Files read next year must find the parts of this year."""
    assert divide_rows(np.arange(6), parts=100, seed=2024).tolist() == FROZEN_ROWS
    assert divide_names(["P1", "P2", "王"], parts=100, seed=2024).tolist() == FROZEN_NAMES


FROZEN_ROWS = [24, 73, 72, 13, 58, 46]
FROZEN_NAMES = [80, 45, 69]


def test_responses_keep_their_scale_and_persons():
    text = {"zh": "满意", "en": "satisfied"}
    codebook = Codebook.model_validate(
        {
            "respondent_id": "id",
            "scale": [1, 10],
            "items": {"S1": {"text": text}, "S2": {"text": text}},
        }
    )
    raw = [b"id,S1,S2\n1,7,8\n2,5,\n", b"id,S1,S2\n3,9,9\n4,6,7\n"]
    batches = [parse_survey(some, codebook, source="x.csv") for some in raw]
    parts = stream_parts(batches, parts=10)
    assert parts.named
    moments = parts.moments()
    assert moments.scale_max.values.tolist() == [10.0, 10.0]
    assert moments.mean.values.tolist() == [6.75, 8.0]


MODEL = PathModel.parse("A =~ x; B =~ y; C =~ z; C ~ A + B + A:B")


def test_products_are_added_batch_by_batch():
    frame = make_survey(300, gaps=0.0)
    moments = stream_moments(cut(frame, 100), model=MODEL)
    np.testing.assert_allclose(fit(moments, MODEL).paths, fit(frame, MODEL).paths, atol=1e-10)
    holes = make_survey(300)
    with pytest.raises(DataError, match="in batches that is not known in time"):
        stream_moments(cut(holes, 100), model=MODEL)
    listwise = stream_moments(cut(holes, 100), model=MODEL, missing="listwise")
    complete = add_product_items(holes.dropna(), MODEL)
    assert_same(listwise, compute_moments(complete, items=MODEL.items))


def test_an_item_nobody_answers_in_a_batch():
    frame = make_survey(40, gaps=0.0)
    frame.loc[:19, "x"] = np.nan
    assert_same(stream_moments(cut(frame, 20), items=ITEMS), compute_moments(frame, items=ITEMS))


def test_bad_requests_are_one_sentence():
    frame = make_survey(50)
    parts = compute_parts(frame, items=ITEMS, parts=5)
    with pytest.raises(DataError, match="missing='em' needs all rows at once"):
        stream_moments([frame], missing="em")
    with pytest.raises(DataError, match="batches hold no row"):
        stream_moments(iter([]))
    with pytest.raises(DataError, match="batches hold no row"):
        stream_moments([frame.assign(x=np.nan)], items=ITEMS, missing="listwise")
    with pytest.raises(DataError, match="parts=1 are too few"):
        compute_parts(frame, parts=1)
    with pytest.raises(DataError, match="no column 'id' of respondent ids"):
        compute_parts(frame, items=ITEMS, persons="id")
    with pytest.raises(DataError, match="do not add up: one has seed 0, the other 1"):
        parts.merge(replace(parts, seed=1))
    with pytest.raises(DataError, match="the parts do not hold 'q'"):
        parts.select(["x", "q"])
