"""Priorities, necessary conditions, draws and indirect routes, as tables and prose."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.report import figures, narrative, tables

LABELS = {
    "zh": {"A": "甲", "B": "乙", "S": "满意", "city:x": "东城", "city:y": "西城"},
    "en": {"A": "Alpha", "B": "Beta", "S": "Sat", "city:x": "East", "city:y": "West"},
}  # fmt: skip
LANGUAGES = ("zh", "en")


def priorities(performance: float = 60.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "construct": ["A", "B"],
            "importance": [0.6, 0.2],
            "importance_lower": [0.5, 0.1],
            "importance_upper": [0.7, 0.3],
            "performance": [performance, 70.0],
            "performance_lower": [performance - 2, 68.0],
            "performance_upper": [performance + 2, 72.0],
            "quadrant": ["concentrate" if performance < 70 else "keep_up", "low_priority"],
            "p_concentrate": [0.93, 0.0],
            "p_keep_up": [0.07, 0.0],
            "p_low_priority": [0.0, 0.62],
            "p_possible_overkill": [0.0, 0.38],
        }
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_priority_stands_with_its_share_of_draws(language):
    table = tables.priorities_table(
        priorities(), labels=LABELS[language], language=language, construct="S"
    )
    first, second = table.rows
    assert first[0] == LABELS[language]["A"]
    assert (first[1:5], first[6]) == (("0.60", "[0.50, 0.70]", "60.0", "[58.0, 62.0]"), "0.93")
    assert second[6] == "0.62"
    figure = figures.plot_priorities(
        priorities(), labels=LABELS[language], language=language, construct="S"
    )
    texts = {text.get_text() for text in figure.drawing.axes[0].texts}
    assert {LABELS[language]["A"], LABELS[language]["B"]} <= texts


def test_what_performs_well_is_not_to_be_concentrated_on():
    weak = narrative.priorities(priorities(), labels=LABELS, language="en", construct="S")
    well = narrative.priorities(priorities(80.0), labels=LABELS, language="en", construct="S")
    assert "1 construct (Alpha: 0.93 of the draws)" in weak.texts["en"]
    assert "None is both important" in well.texts["en"] and "均不低于均值" in well.texts["zh"]


@pytest.mark.parametrize("necessary", [True, False])
def test_a_necessary_condition_is_named(necessary):
    frame = pd.DataFrame(
        {
            "condition": ["A", "B"],
            "effect_size": [0.21, 0.04],
            "p_value": [0.001, 0.5],
            "accuracy": [1.0, 1.0],
            "n_obs": [300, 300],
            "necessary": [necessary, False],
        }
    )
    told = narrative.necessary_conditions(frame, labels=LABELS, language="zh", construct="S")
    assert ("Alpha: 0.210" in told.texts["en"]) is necessary
    table = tables.necessity_table(frame, labels=LABELS["en"], language="en", construct="S")
    assert [row[-1] for row in table.rows] == [
        "necessary" if necessary else "not shown",
        "not shown",
    ]


def test_bottlenecks_say_where_nothing_is_needed():
    frame = pd.DataFrame({"outcome": [10.0, 90.0], "A": [-np.inf, 44.44], "B": [-np.inf, np.nan]})
    table = tables.bottleneck_table(frame, labels=LABELS["en"], language="en", construct="S")
    assert table.header == ("Sat", "Alpha", "Beta")
    assert table.rows == (("10", "none needed", "none needed"), ("90", "44.4", "–"))


def combined(necessary: bool = True, required: float = 55.0, share: float = 0.4) -> pd.DataFrame:
    return priorities().assign(
        effect_size=[0.21, 0.04],
        p_value=[0.001, 0.5],
        necessary=[necessary, False],
        required=[required, -np.inf],
        share_below=[share, 0.0],
        desired=80.0,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_map_has_importance_performance_and_what_is_required(language):
    how = {"labels": LABELS[language], "language": language, "construct": "S"}
    table = tables.combined_map_table(combined(), **how)
    assert table.rows[0][1:5] == ("0.60", "60.0", "0.210", "0.001")
    assert table.rows[0][6:] == ("55.0", "40.0%") and table.rows[1][-1] == "0.0%"
    assert "80" in table.caption and table.header[0] in ("构念", "Construct")
    axes = figures.plot_combined_map(combined(), **how).drawing.axes[0]
    assert len(axes.collections) == 1  # one circle; the other construct is a cross
    area = axes.collections[0].get_sizes()[0]
    wider = figures.plot_combined_map(combined(share=0.8), **how).drawing.axes[0]
    assert wider.collections[0].get_sizes()[0] > area + 500


def test_an_important_necessary_condition_that_many_miss_is_named():
    how = {"labels": LABELS, "language": "en", "construct": "S"}
    told = narrative.combined_map(combined(), **how)
    assert "Alpha: 40.0% below 55.0" in told.texts["en"] and "40.0%低于55.0分" in told.texts["zh"]
    for other in (
        combined(necessary=False),
        combined(share=0.0),
        combined(required=np.nan, share=np.nan),
    ):
        assert "No construct" in narrative.combined_map(other, **how).texts["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ledger_names_rules_items_and_constructs(language):
    frame = pd.DataFrame(
        {
            "what": ["drawn", "no_variance", "inadmissible", "flipped", "usable"],
            "name": ["", "q7", "loading", "A", ""],
            "count": [2000, 3, 11, 40, 1986],
        }
    )
    table = tables.draws_table(frame, labels=LABELS[language], language=language)
    texts = [row[0] for row in table.rows]
    assert "q7" in texts[1] and LABELS[language]["A"] in texts[3]
    assert [row[1] for row in table.rows] == ["2,000", "3", "11", "40", "1,986"]


def routes(count: int = 12) -> pd.DataFrame:
    effects = np.linspace(0.3, 0.01, count)
    return pd.DataFrame(
        {
            "route": [f"A -> c{k} -> S" for k in range(count)],
            "source": "A",
            "target": "S",
            "estimate": effects,
            "lower": effects - 0.05,
            "upper": effects + 0.05,
            "p_value": np.where(effects > 0.05, 0.0, 0.4),
            "n_draws": 200,
        }
    )


def test_the_ten_largest_routes_are_shown_and_all_are_kept():
    table = tables.indirect_effects_table(routes(), labels=LABELS["en"], language="en")
    assert len(table.rows) == 10 and len(table.frame) == 12
    assert table.rows[0][0] == "Alpha → c0 → Sat"
    # 200 draws on one side of zero say no more than p < 2 / 200.
    assert table.rows[0][-1] == "<0.010"
    told = narrative.mediation(routes(), labels=LABELS, language="en", target="S").texts["en"]
    assert "Of 12 routes, 10 have" in told


def test_a_share_is_blank_where_it_is_none():
    frame = pd.DataFrame(
        {
            "source": ["A", "B"],
            "target": "S",
            "direct": [0.2, -0.1],
            "estimate": [0.2, 0.3],
            "lower": 0.1,
            "upper": 0.4,
            "share": [0.5, 1.5],
        }
    )
    table = tables.mediation_table(frame, labels=LABELS["en"], language="en")
    assert [row[-1] for row in table.rows] == ["50.0%", "–"]


@pytest.mark.parametrize(
    ("lower", "found"), [(0.5, "1 city (East)"), (-0.5, "each of them contains zero")]
)
def test_what_many_comparisons_leave(lower, found):
    frame = pd.DataFrame(
        {
            "city": ["x", "y"],
            "estimate": [4.0, 1.0],
            "simultaneous_lower": [lower, -2.0],
            "simultaneous_upper": [7.0, 4.0],
        }
    )
    told = narrative.simultaneous(frame, labels=LABELS, language="en")
    assert found in told.texts["en"]


def test_draws_say_how_exact_they_are():
    told = narrative.draws(2000, 1990, 0.00312, labels=LABELS, language="en", table="draws")
    assert "1,990" in told.texts["en"] and "0.0031" in told.texts["en"]
    assert "0.0031" in told.texts["zh"]
