from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from csat_models.errors import DataError
from csat_models.report import tables
from csat_models.report.elements import Table


def _all(made: SimpleNamespace, language: str) -> list[Table]:
    options = {"labels": made.labels[language], "language": language}
    return [
        tables.sample_flow_table(made.flow, **options),
        tables.log_table(["read 3,356 rows", "dropped 12 duplicates"], language=language),
        tables.profile_table(made.profile, **options),
        tables.cell_size_table(made.cells, **options),
        tables.item_table(made.items, **options),
        tables.loadings_table(made.loadings, **options),
        tables.reliability_table(made.reliability, **options),
        tables.htmt_table(made.htmt, **options),
        tables.construct_correlation_table(made.correlations, **options),
        tables.paths_table(made.paths, **options),
        tables.r_squared_table(made.r_squared, **options),
        tables.effects_table(made.effects, **options),
        tables.impact_table(made.effects, **options),
        tables.path_comparison_table(made.group_paths, made.path_difference, **options),
        tables.index_table(made.index, by="operator", **options),
        tables.unit_index_table(made.units, **options),
        tables.lead_table(made.leads, key="city", **options),
        tables.standing_table(made.standing, **options),
        tables.rank_probability_table(made.ranks, **options),
        tables.trend_table(made.trend[made.trend["operator"] == "ours"], **options),
        tables.change_table(made.changes, since=2023, **options),
    ]


@pytest.mark.parametrize("size", ["results", "small_results"])
def test_tables_are_whole_in_both_languages(size: str, request: pytest.FixtureRequest) -> None:
    made = request.getfixturevalue(size)
    chinese, english = _all(made, "zh"), _all(made, "en")
    assert len({table.name for table in chinese}) == len(chinese)
    for first, second in zip(chinese, english, strict=True):
        for table in (first, second):
            assert {len(row) for row in table.rows} == {len(table.header)} == {len(table.align)}
            assert not any("{" in cell for row in table.rows for cell in row)
            assert table.caption
            assert "{" not in table.caption + table.note
        assert len(first.rows) == len(second.rows)
        assert first.caption != second.caption


def test_frames_keep_full_precision(results: SimpleNamespace) -> None:
    options = {"labels": results.labels["en"], "language": "en"}
    before = results.loadings.copy()
    table = tables.loadings_table(results.loadings, **options)
    pd.testing.assert_frame_equal(table.frame, before.reset_index(drop=True), check_exact=True)
    wide = tables.unit_index_table(results.units, **options)
    assert len(wide.frame) == 2 * len(wide.rows)


def _one(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({name: [value] for name, value in columns.items()})


def test_the_worked_example_of_levels_and_leads() -> None:
    frame = pd.DataFrame(
        {
            "city": ["network", "business"],
            "level": [83.68, 78.10],
            "rank": [9, 11],
            "rival": [75.94, 80.75],
            "lead": [7.74, -2.65],
            "lead_rank": [1, 11],
        }
    )
    table = tables.standing_table(frame, labels={}, language="en", digits=2)
    assert table.rows == (
        ("network", "83.68", "9", "75.94", "+7.74", "1"),
        ("business", "78.10", "11", "80.75", "−2.65", "11"),
    )


def test_intervals_and_ranks_stand_in_brackets() -> None:
    frame = _one(city="a", level=72.14, level_lower=70.26, level_upper=74.0, rank=3.0)
    frame = frame.assign(rank_lower=1, rank_upper=5)
    table = tables.standing_table(frame, labels={"city:a": "Ahai"}, language="en")
    assert table.rows == (("Ahai", "72.1 [70.3,\N{NO-BREAK SPACE}74.0]", "3 (1–5)"),)


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (0.1, 2.0, "ahead"),
        (-2.0, -0.1, "behind"),
        (-0.1, 2.0, "undecided"),
        (0.0, 2.0, "undecided"),
    ],
)
def test_verdict_on_a_lead(lower: float, upper: float, verdict: str) -> None:
    frame = _one(city="a", estimate=(lower + upper) / 2, lower=lower, upper=upper)
    assert tables.lead_table(frame, labels={}, language="en", key="city").rows[0][-1] == verdict


@pytest.mark.parametrize(
    ("lower", "upper", "mark"),
    [(0.1, 2.0, "▲ rose"), (-2.0, -0.1, "▼ fell"), (-1.0, 1.0, "undecided")],
)
def test_mark_of_a_change(lower: float, upper: float, mark: str) -> None:
    frame = _one(city="a", estimate=(lower + upper) / 2, lower=lower, upper=upper)
    assert tables.change_table(frame, labels={}, language="en").rows[0][-1] == mark


def _reliability(alpha: float, ave: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"construct": ["Q", "Q"], "statistic": ["alpha", "ave"], "estimate": [alpha, ave]}
    )


@pytest.mark.parametrize(
    ("alpha", "ave", "verdict"),
    [
        (0.7, 0.5, "met"),
        (0.69999, 0.5, "below: Cronbach's α"),
        (0.5, 0.4, "below: Cronbach's α and AVE"),
        (np.nan, np.nan, "single item"),
    ],
)
def test_verdict_on_reliability(alpha: float, ave: float, verdict: str) -> None:
    table = tables.reliability_table(_reliability(alpha, ave), labels={}, language="en")
    assert table.rows[0][-1] == verdict


def test_htmt_is_a_triangle_whichever_way_the_pairs_are_given() -> None:
    pairs = pd.DataFrame(
        {
            "construct": ["A", "C", "B"],
            "construct_2": ["B", "A", "C"],
            "estimate": [0.1, 0.2, 0.3],
            "upper": [0.15, 0.25, np.nan],
        }
    )
    table = tables.htmt_table(pairs, labels={}, language="en", constructs=["A", "B", "C"])
    assert table.header == ("", "A", "B")
    assert table.rows == (("B", "0.10 (0.15)", ""), ("C", "0.20 (0.25)", "0.30"))


def test_diagonal_of_the_correlations(results: SimpleNamespace) -> None:
    table = tables.construct_correlation_table(
        results.correlations, labels=results.labels["en"], language="en"
    )
    assert all(row[place + 1] == "0.830" for place, row in enumerate(table.rows))
    assert all(cell == "" for place, row in enumerate(table.rows) for cell in row[place + 2 :])


def test_years_beyond_five_show_half_the_width(results: SimpleNamespace) -> None:
    ours = results.trend[results.trend["operator"] == "ours"]
    options = {"labels": results.labels["en"], "language": "en"}
    long = tables.trend_table(ours, **options)
    short = tables.trend_table(ours[ours["year"] > 2019], **options)
    assert long.header == ("Construct", *map(str, range(2017, 2025)))
    assert long.rows[0][1].endswith(" ±0.8")
    assert short.rows[0][1].endswith("]")


def test_optional_columns_appear_only_when_given() -> None:
    frame = _one(source="A", target="B", estimate=0.5, lower=0.4, upper=0.6)
    options = {"labels": {}, "language": "en"}
    without = tables.paths_table(frame, **options)
    given = tables.paths_table(frame.assign(p_value=0.0), **options)
    assert "p" not in without.header
    assert given.rows[0][given.header.index("p")] == "<0.001"


def test_captions_name_columns_as_part_of_a_sentence(results: SimpleNamespace) -> None:
    captions = {
        language: tables.change_table(
            results.changes, labels=results.labels[language], language=language, since=2023
        ).caption
        for language in ("zh", "en")
    }
    assert captions["en"] == "Change on 2023 by city, in index points"
    assert captions["zh"] == "按城市与2023年相比的变化（指数分）"


def test_a_missing_cell_is_a_dash() -> None:
    cells = pd.DataFrame(
        {"city": ["a", "a", "b"], "operator": ["ours", "rival", "ours"], "n_obs": [150, 140, 1500]}
    )
    table = tables.cell_size_table(cells, labels={}, language="en")
    assert table.rows == (("a", "150", "140"), ("b", "1,500", "–"))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(
        DataError, match="paths_table: the frame has no column lower, upper; it has"
    ):
        tables.paths_table(_one(source="A", target="B", estimate=1.0), labels={}, language="en")


def test_an_empty_frame_is_refused(results: SimpleNamespace) -> None:
    with pytest.raises(DataError, match="index_table: the frame has no row"):
        tables.index_table(results.index.iloc[:0], labels={}, language="en")


def test_two_rows_for_one_cell_are_refused(results: SimpleNamespace) -> None:
    twice = pd.concat([results.units, results.units.iloc[:1]])
    with pytest.raises(DataError, match="two rows of the frame have linjiang, ours"):
        tables.unit_index_table(twice, labels={}, language="en")
