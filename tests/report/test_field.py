"""Tables, figures and sentences of the field, from frames to text in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from csat_models.report import figures, narrative, tables
from csat_models.report.elements import Figure

LABELS = {
    "zh": {"sex": "性别", "sex:m": "男", "sex:f": "女", "area": "居住地", "area:u": "城镇",
           "mode:web": "网络", "mode:phone": "电话", "S": "满意度", "city": "城市"},
    "en": {"sex": "Sex", "sex:m": "Male", "sex:f": "Female", "area": "Area", "area:u": "Urban",
           "mode:web": "Web", "mode:phone": "Telephone", "S": "Satisfaction", "city": "City"},
}  # fmt: skip
LANGUAGES = ("zh", "en")


def interviewers(flagged: str | None = "I2") -> pd.DataFrame:
    names = [f"I{k}" for k in range(1, 13)]
    n_obs = np.arange(30, 42)
    hit = np.array([name == flagged for name in names])
    return pd.DataFrame(
        {
            "interviewer": names,
            "n_obs": n_obs,
            "variance_ratio": np.where(hit, 0.4, 1.02),
            "lower": np.exp(-1.2 / np.sqrt(n_obs)),
            "upper": np.exp(1.2 / np.sqrt(n_obs)),
            "top_share": 0.3,
            "top_expected": 0.3,
            "duration_ratio": np.where(hit, 0.5, 1.0),
            "p_adjusted": np.where(hit, 1e-6, 1.0),
            "reason": np.where(hit, "alike, fast", ""),
            "flagged": hit,
        }
    )


def margins() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "margin": ["sex", "sex", "sex x area"],
            "level": ["m", "f", "f x u"],
            "n_obs": [70, 30, 20],
            "before": [0.7, 0.3, 0.2],
            "target": [0.49, 0.51, 0.25],
            "after": [0.49, 0.51, 0.25],
        }
    )


def brightness(colour: object) -> float:
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flagged_interviewer_is_named_and_differs_in_shape_and_grey(language):
    drawing = figures.plot_interviewers(interviewers(), language=language).drawing
    for axes in drawing.axes:
        assert [text.get_text() for text in axes.texts] == ["I2"]
        marks = [line for line in axes.lines if line.get_linestyle() == "None"]
        flagged = [line for line in marks if line.get_marker() == "D"]
        plain = [line for line in marks if line.get_marker() == "o"]
        assert (len(flagged), len(plain)) == (1, 11)
        face = brightness(flagged[0].get_markerfacecolor())
        assert brightness(plain[0].get_markerfacecolor()) - face > 0.3
    honest = figures.plot_interviewers(interviewers(None), language=language).drawing
    assert not any(axes.texts for axes in honest.axes)


def test_the_funnel_narrows_with_the_root_of_the_interviews():
    drawing = figures.plot_interviewers(interviewers(), language="en").drawing
    limits = [line for line in drawing.axes[0].lines if line.get_linestyle() == "--"]
    n_obs, upper = limits[1].get_data()
    # The limits were given as exp(1.2 / sqrt(n)).
    np.testing.assert_allclose(np.log(upper) * np.sqrt(n_obs), 1.2, rtol=1e-12)


def test_without_durations_the_funnel_stands_alone():
    frame = interviewers().assign(duration_ratio=np.nan)
    assert len(figures.plot_interviewers(frame, language="en").drawing.axes) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_most_different_interviewer_leads_the_table(language):
    table = tables.interviewer_table(interviewers("I9"), language=language)
    assert (table.rows[0][0], len(table.rows), len(table.frame)) == ("I9", 1 + 3, 12)
    assert "4" in table.note and "12" in table.note


def test_reasons_are_told_in_words():
    found = narrative.interviewers(interviewers(), labels=LABELS, language="en")
    assert "I2 (answers too alike and too short interviews)" in found.texts["en"]
    assert "回答过于相似和访问过短" in found.texts["zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_margins_name_columns_and_levels(language):
    options = {"labels": LABELS[language], "language": language}
    table = tables.margin_table(margins(), **options)
    female = LABELS[language]["sex:f"]
    assert table.rows[2][:2] == (
        f"{LABELS[language]['sex']} × {LABELS[language]['area']}",
        f"{female} × {LABELS[language]['area:u']}",
    )
    assert table.rows[1][3:] == ("30.0%", "51.0%", "51.0%")
    figure = figures.plot_margins(margins(), **options)
    ticks = [text.get_text() for text in figure.drawing.axes[0].get_yticklabels()]
    assert female in ticks
    sentence = narrative.margins(margins(), labels=LABELS, language=language).texts[language]
    assert "30.0%" in sentence and "51.0%" in sentence


def test_differences_between_modes_are_counted_after_adjustment():
    frame = pd.DataFrame(
        {
            "item": ["Q1", "Q1", "Q2"],
            "mode": ["web", "phone", "web"],
            "estimate": [-0.3, 0.1, 0.9],
            "lower": [-0.4, 0.0, -0.2],
            "upper": [-0.2, 0.2, 2.0],
            "p_adjusted": [0.001, 0.2, 0.6],
        }
    )
    told = narrative.mode_effects(frame, labels=LABELS, language="en").texts["en"]
    assert "Of 3 differences between modes, 1 can still" in told and "“Web” in Q1" in told
    none = frame.assign(p_adjusted=1.0)
    assert "None of 3" in narrative.mode_effects(none, labels=LABELS, language="en").texts["en"]
    figure = figures.plot_mode_effects(frame, labels=LABELS["en"], language="en")
    legend = [text.get_text() for text in figure.drawing.legends[0].get_texts()]
    assert legend == ["Web", "Telephone"]


def profile(blank: bool = False) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "city": ["x", "y", "x", "y"],
            "item": ["Q1", "Q1", "Q2", "Q2"],
            "mean": [6.0, 9.0, 7.0, 7.5],
            "difference": [-1.5, 1.5, -0.25, 0.25],
        }
    )
    return frame.assign(mean=frame["mean"].where(frame["city"] != "y")) if blank else frame


@pytest.mark.parametrize(("blank", "shown"), [(False, 4), (True, 2)])
def test_blank_cells_of_a_profile_are_not_written(blank, shown):
    figure = figures.plot_item_profile(profile(blank), labels={}, language="en")
    assert len(figure.drawing.axes[0].texts) == shown


def test_bars_below_the_mean_are_hatched():
    figure = figures.plot_unit_profiles(profile(), labels={}, language="en")
    assert isinstance(figure, Figure)
    below, above = figure.drawing.axes[:2]
    assert {bar.get_hatch() for bar in below.patches} == {"/////"}
    assert {bar.get_hatch() or "" for bar in above.patches} == {""}


def test_the_item_with_the_widest_spread_is_told():
    told = narrative.item_profile(profile(), labels=LABELS, language="en").texts["en"]
    assert "Q1: from 6.00 (x) to 9.00 (y)" in told


@pytest.mark.parametrize("rows", ["all", "unflagged"])
def test_what_becomes_of_flagged_rows_is_told(rows):
    flags = pd.DataFrame(
        {
            "flag": ["speeder", "outlier", "flagged"],
            "n_flagged": [4, 9, 4],
            "share": [0.04, 0.09, 0.04],
            "n_defined": [100, 100, 100],
            "excludes": [True, False, True],
        }
    )
    told = narrative.flags(flags, labels=LABELS, language="en", rows=rows).texts["en"]
    assert "4 rows (4.0%)" in told and "too fast (4)" in told and "unusual" not in told
    assert ("count in all results" if rows == "all" else "left out of all results") in told


def test_the_whole_hash_is_shown_in_groups_between_which_a_line_may_end():
    frame = pd.DataFrame({"file": ["a.csv"], "sha256": ["0123456789abcdef" * 4], "n_obs": [3]})
    table = tables.file_table(frame, language="en")
    assert table.rows[0][2] == " ".join(["0123456789abcdef"] * 4)
    assert table.frame["sha256"].str.len().tolist() == [64]


def test_weights_are_told_with_the_smallest_cell():
    frame = pd.DataFrame(
        {
            "city": [None, "x", "y"],
            "n_obs": [100, 60, 40],
            "n_effective": [80.0, 50.0, 30.4],
            "design_effect": [1.25, 1.2, 1.32],
            "smallest": 0.4,
            "largest": 2.0,
        }
    )
    told = narrative.weights(frame, labels=LABELS, language="en").texts["en"]
    assert "design effect of 1.25" in told and "counts as 30." in told
    table = tables.weight_table(frame, labels=LABELS["en"], language="en", by=None)
    assert [row[0] for row in table.rows] == ["All", "x", "y"]


def test_how_the_weights_were_found_is_told_where_they_were_made():
    raked = pd.DataFrame(
        {"iterations": [4, 7], "largest_gap": [0.0, 0.002], "n_trimmed": [1, 2], "n_beyond": [0, 0]}
    )
    told = narrative.margins(margins(), raking=raked, labels=LABELS, language="en").texts
    assert (
        "at most 7 iterations" in told["en"] and "0.20%" in told["en"] and "迭代7次" in told["zh"]
    )
    assert "Trimmed weights: 3" in told["en"]
    given = narrative.margins(margins(), raking=raked.iloc[:0], labels=LABELS, language="en").texts
    assert "iterations" not in given["en"]
