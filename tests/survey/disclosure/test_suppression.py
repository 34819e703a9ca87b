"""Small cells: blanked, and not to be worked out from the rest, by linear algebra."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import null_space
from scipy.optimize import linprog

from csat_models.errors import DataError
from csat_models.survey.disclosure.suppression import (
    hidden_cells,
    hidden_rows,
    hidden_totals,
    protected_cells,
    small_cells,
    suppress_small_cells,
)


def equations(shape: tuple[int, int]) -> np.ndarray:
    """Rows and columns of a table with totals: others less total is zero."""
    rows, columns = shape
    cell = np.arange(rows * columns).reshape(shape)
    lines = [*cell, *cell.T]
    matrix = np.zeros((len(lines), cell.size))
    for equation, line in zip(matrix, lines, strict=True):
        equation[line[:-1]] = 1.0
        equation[line[-1]] = -1.0
    return matrix


def can_be_worked_out(hidden: np.ndarray) -> np.ndarray:
    """Blanks that every solution of the equations has the same value for."""
    free = null_space(equations(hidden.shape)[:, hidden.ravel()])
    found = np.zeros(hidden.size, dtype=bool)
    # an entry of a solution that is rounding is fixed
    found[np.flatnonzero(hidden)] = (np.abs(free) < 1e-9).all(axis=1)
    return found.reshape(hidden.shape)


COUNTS = st.integers(1, 5).flatmap(
    lambda rows: st.integers(1, 5).flatmap(
        lambda columns: st.lists(
            st.lists(
                st.sampled_from([0, 1, 2, 4, 5, 6, 9, 20, 50]), min_size=columns, max_size=columns
            ),
            min_size=rows,
            max_size=rows,
        )
    )
)


@settings(max_examples=150, deadline=None)
@given(counts=COUNTS)
def test_no_blank_can_be_worked_out_by_subtraction(counts):
    table = pd.DataFrame(counts)
    shown = suppress_small_cells(table, min_n=5)
    hidden = shown.isna().to_numpy()
    full = table.assign(total=table.sum(axis=1))
    full = pd.concat([full, full.sum().to_frame("total").T]).to_numpy()
    assert hidden[(full > 0) & (full < 5)].all()
    np.testing.assert_array_equal(shown.to_numpy()[~hidden], full[~hidden])
    assert not can_be_worked_out(hidden).any()


@settings(max_examples=25, deadline=None)
@given(counts=COUNTS)
def test_nor_by_knowing_that_counts_are_not_negative(counts):
    table = pd.DataFrame(counts)
    hidden = small_cells(table, min_n=5).to_numpy()
    if not hidden.any():
        return
    full = table.assign(total=table.sum(axis=1))
    full = pd.concat([full, full.sum().to_frame("total").T]).to_numpy(dtype=float)
    matrix = equations(full.shape)
    right = -matrix[:, ~hidden.ravel()] @ full[hidden == 0]
    inner = matrix[:, hidden.ravel()]
    for k in range(hidden.sum()):
        goal = np.zeros(hidden.sum())
        goal[k] = 1.0
        ends = [
            linprog(sign * goal, A_eq=inner, b_eq=right, bounds=(0, 1000)).fun * sign
            for sign in (1, -1)
        ]
        assert ends[1] - ends[0] > 0.99


def test_a_table_without_small_cells_is_shown_whole():
    table = pd.DataFrame({"a": [5, 0], "b": [7, 9]})
    assert not suppress_small_cells(table, min_n=5).isna().any(axis=None)
    assert suppress_small_cells(table, min_n=6).isna().any(axis=None)


def test_as_little_as_possible_is_blanked_with_a_small_cell():
    table = pd.DataFrame(
        {"a": [3, 40, 70], "b": [50, 60, 80], "c": [55, 30, 90]}, index=list("xyz")
    )
    hidden = small_cells(table, min_n=5)
    # the cheapest rectangle: 55 + 40 + 30
    assert {(row, column) for row, column in zip(*np.nonzero(hidden.to_numpy()), strict=True)} == {
        (0, 0), (0, 2), (1, 0), (1, 2),
    }  # fmt: skip


def test_a_single_column_keeps_its_total_where_it_can():
    shown = suppress_small_cells(pd.Series([3, 9, 40], index=list("abc")), min_n=5)
    assert shown["n"].isna().tolist() == [True, True, False, False]
    assert shown.loc["total", "n"] == 52


def test_totals_that_are_given_are_not_added_again():
    table = pd.DataFrame({"a": [10, 20], "b": [3, 40]}, index=["x", "y"])
    full = table.assign(total=table.sum(axis=1))
    full = pd.concat([full, full.sum().to_frame("total").T])
    pd.testing.assert_frame_equal(
        suppress_small_cells(full, min_n=5), suppress_small_cells(table, min_n=5)
    )
    with pytest.raises(DataError, match="is not the sum of the others"):
        suppress_small_cells(full.replace(13, 14), min_n=5)


@pytest.mark.parametrize(
    "table", [pd.DataFrame({"a": [-1]}), pd.DataFrame({"a": [np.nan]}), pd.DataFrame()]
)
def test_what_is_no_count_is_refused(table):
    with pytest.raises(DataError, match="give numbers of respondents"):
        suppress_small_cells(table, min_n=5)


@pytest.mark.parametrize(
    "table", [pd.DataFrame(index=["a"]), pd.DataFrame({"a": ["x"]}), pd.DataFrame({"a": [None]})]
)
def test_tables_without_numbers_are_refused(table):
    with pytest.raises(DataError, match="give numbers of respondents"):
        suppress_small_cells(table, min_n=5)
    with pytest.raises(DataError, match="give numbers of respondents"):
        small_cells(table, min_n=5)


@pytest.mark.parametrize("least", ["a", np.nan, 2.5, 0, True])
def test_a_least_number_that_is_none_is_refused(least):
    with pytest.raises(DataError, match="is no least number of respondents"):
        suppress_small_cells(pd.DataFrame({"a": [3, 40]}), min_n=least)


def test_a_plain_array_is_refused():
    with pytest.raises(DataError, match="is a ndarray; give numbers of respondents"):
        suppress_small_cells(np.ones((2, 2)), min_n=5)


def with_totals(counts: np.ndarray) -> np.ndarray:
    for axis in range(counts.ndim):
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    return counts


def range_of(place: int, full: np.ndarray, hidden: np.ndarray) -> float:
    """How far a blank may lie apart in two tables with the same numbers shown."""
    cell = np.arange(full.size).reshape(full.shape)
    rows = [
        line
        for axis in range(full.ndim)
        for line in np.moveaxis(cell, axis, -1).reshape(-1, full.shape[axis])
    ]
    matrix = np.zeros((len(rows), full.size))
    for equation, line in zip(matrix, rows, strict=True):
        equation[line[:-1]], equation[line[-1]] = 1.0, -1.0
    values = full.ravel().astype(float)
    bounds = [
        (0.0, None) if blank else (value, value)
        for value, blank in zip(values, hidden.ravel(), strict=True)
    ]
    cost = np.zeros(full.size)
    cost[place] = 1.0
    ends = [
        sign * linprog(sign * cost, A_eq=matrix, b_eq=np.zeros(len(rows)), bounds=bounds).fun
        for sign in (1.0, -1.0)
    ]
    return ends[1] - ends[0]


@pytest.mark.parametrize("shape", [(3, 4, 2), (2, 2, 2), (2, 3, 2, 2)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_blank_of_a_table_of_more_dimensions_can_be_worked_out(shape, seed):
    rng = np.random.default_rng(seed)
    counts = rng.choice(
        [0, 2, 3, 7, 9, 20, 40], size=shape, p=[0.1, 0.1, 0.05, 0.2, 0.2, 0.2, 0.15]
    )
    full = with_totals(counts)
    hidden = protected_cells(full.astype(float), 5)
    small = (full > 0) & (full < 5)
    assert hidden[small].all() and not hidden[full == 0].any()
    for place in np.flatnonzero(hidden):
        # A blank may be at least one respondent more or fewer.
        assert range_of(int(place), full, hidden) >= 1 - 1e-6
    inner = (slice(-1),) * counts.ndim
    np.testing.assert_array_equal(hidden_cells(counts.astype(float), 5), hidden[inner])


def test_blanking_only_the_small_cell_would_give_it_away():
    full = with_totals(np.array([[[3, 20], [30, 40]], [[25, 35], [45, 55]]]))
    alone = (full > 0) & (full < 5)
    assert range_of(0, full, alone) == pytest.approx(0.0, abs=1e-6)
    hidden = protected_cells(full.astype(float), 5)
    # A cube has eight corners; the cheapest one is that of the eight cells inside.
    assert hidden.sum() == 8 and range_of(0, full, hidden) > 1


def test_tidy_tables_of_any_crossing_are_protected():
    keys = pd.MultiIndex.from_product([list("ab"), list("xy"), list("mf")])
    cells = keys.to_frame(index=False, name=["city", "brand", "sex"])
    cells["n"] = [3, 20, 30, 40, 25, 35, 45, 55]
    assert hidden_rows(cells, "n", by=["city", "brand", "sex"], min_n=5).all()
    assert not hidden_rows(cells, "n", by=["city", "brand", "sex"], min_n=3).any()
    # A missing combination is an empty cell, and the order of the rows does not matter.
    fewer = cells.drop(index=7).sample(frac=1.0, random_state=1)
    hidden = hidden_rows(fewer, "n", by=["city", "brand", "sex"], min_n=5)
    assert hidden[0] and hidden.index.equals(fewer.index)
    one_way = pd.DataFrame({"n": [3, 20, 30]}, index=[7, 8, 9])
    assert hidden_rows(one_way, "n", min_n=5).to_dict() == {7: True, 8: True, 9: False}


def test_cells_that_stand_twice_are_told():
    cells = pd.DataFrame({"city": ["a", "a"], "n": [3, 4]})
    with pytest.raises(DataError, match="a cell of city twice"):
        hidden_rows(cells, "n", by=["city"], min_n=5)


@pytest.mark.parametrize(
    "counts",
    [
        [[7.0], [20.0], [20.0], [1.0], [20.0], [1.0]],
        [[20.0, 7.0], [20.0, 1.0], [1.0, 1.0]],
        [[[1.0, 1.0], [20.0, 20.0]], [[7.0, 50.0], [50.0, 7.0]], [[20.0, 1.0], [0.0, 7.0]]],
    ],
)
def test_cells_of_one_are_not_known_by_their_sum_since_blanks_are_not_empty(counts):
    full = np.array(counts)
    for axis in range(full.ndim):
        full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
    hidden = protected_cells(full, 5).ravel()
    sums, cells = [], np.arange(full.size).reshape(full.shape)
    for axis in range(full.ndim):
        for line in np.moveaxis(cells, axis, -1).reshape(-1, full.shape[axis]):
            row = np.zeros(full.size)
            row[line] = [*[1.0] * (len(line) - 1), -1.0]
            sums.append(row)
    # Everybody knows the sums, what is shown, and that nothing that is blank is empty.
    known = [
        (1.0, None) if blank else (n, n) for n, blank in zip(full.ravel(), hidden, strict=True)
    ]
    for place in np.flatnonzero((full.ravel() > 0) & (full.ravel() < 5)):
        most = linprog(-np.eye(full.size)[place], A_eq=sums, b_eq=np.zeros(len(sums)), bounds=known)
        least = linprog(np.eye(full.size)[place], A_eq=sums, b_eq=np.zeros(len(sums)), bounds=known)
        assert most.status == 3 or -most.fun > least.fun + 0.5  # 3: without bound


def test_a_list_of_groups_hides_the_totals_that_the_crossed_table_hides():
    numbers = np.random.default_rng(3)
    for _ in range(40):
        counts = numbers.integers(20, 60, (6, 2))
        counts[numbers.integers(6)] = numbers.integers(1, 3, 2)  # a city with few respondents
        crossed = pd.DataFrame(counts, index=list("abcdef"), columns=["o", "r"])
        cells = crossed.rename_axis("city").stack().rename("n").rename_axis(["city", "brand"])
        told = hidden_totals(cells.reset_index(), "n", by=["city", "brand"], of="city", min_n=5)
        shown = suppress_small_cells(crossed, min_n=5)["total"]
        assert told == set(shown.index[shown.isna()]) - {"total"}
        assert len(told) > 1
