"""Groups, years and segments as tables, figures and prose: what changes with the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.assessment.heterogeneity import SegmentChoice
from csat_models.errors import DataError
from csat_models.report import figures, narrative, style, tables

LABELS = {
    "zh": {"A": "甲", "B": "乙", "S": "满意", "brand:x": "东牌", "brand:y": "西牌", "area": "地区",
           "area:u": "城区", "area:r": "农村"},
    "en": {"A": "Alpha", "B": "Beta", "S": "Sat", "brand:x": "East", "brand:y": "West",
           "area": "Area", "area:u": "Urban", "area:r": "Rural"},
}  # fmt: skip
LANGUAGES = ("zh", "en")


def micom(broken: bool = False, mean: bool = False, groups=(("x", "y"),)) -> pd.DataFrame:
    """Steps for the composites A and B; `broken` and `mean` are A's failures."""
    rows = []
    for first, second in groups:
        for construct in ("A", "B"):
            failed = {"compositional": broken, "mean": mean, "variance": False}
            kind = "none" if broken else ("partial" if mean else "full")
            for step, fails in failed.items():
                away = fails and construct == "A"
                rows.append(
                    {
                        "step": step,
                        "construct": construct,
                        "group": first,
                        "group_2": second,
                        "value": 0.9712 if step == "compositional" else -0.25,
                        "lower": 0.99 if step == "compositional" else -0.1,
                        "upper": 1.0 if step == "compositional" else 0.1,
                        "p_value": 0.001 if away else 0.5,
                        "p_adjusted": 0.002 if away else 0.6,
                        "verdict": "not_invariant" if away else "invariant",
                        "invariance": kind if construct == "A" else "full",
                        "n_permutations": 1000,
                    }
                )
    return pd.DataFrame(rows)


def differences(verdict: str = "equivalent", groups=(("x", "y"),)) -> pd.DataFrame:
    rows = [
        {
            "source": source,
            "target": "S",
            "group": first,
            "group_2": second,
            "estimate": 0.213,
            "lower": 0.1,
            "upper": 0.326,
            "p_value": 0.004,
            "p_adjusted": 0.008,
            "verdict": verdict if source == "A" else "undecided",
            "margin": 0.1,
        }
        for first, second in groups
        for source in ("A", "B")
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_composite_stands_with_its_three_steps(language):
    labels = LABELS[language]
    table = tables.invariance_table(micom(mean=True), labels=labels, language=language, by="brand")
    first, second = table.rows
    assert first[:7] == (labels["A"], "0.9712", "0.600", "−0.250", "0.002", "−0.250", "0.600")
    assert second[-1] == {"zh": "完全", "en": "full"}[language] != first[-1]
    assert labels["brand:x"] in table.caption and labels["brand:y"] in table.caption
    assert "1,000" in table.note and "0.05" in table.note
    assert len(table.frame) == 6


@pytest.mark.parametrize(
    ("broken", "mean", "held", "named"),
    [
        (False, False, "2 of 2 composites", ""),
        (False, True, "2 of 2 composites", "The means differ for 1 composite (Alpha)."),
        (True, False, "1 of 2 composites", "rejected for 1 composite (Alpha)"),
    ],
)
def test_what_is_not_invariant_is_named(broken, mean, held, named):
    told = narrative.invariance(micom(broken, mean), labels=LABELS, language="en", by="brand")
    english, chinese = told.texts["en"], told.texts["zh"]
    assert f"Between East and West, compositional invariance is not rejected for {held}" in english
    assert named in english
    assert ("The means differ" in english) is mean
    assert ("甲" in chinese) is (broken or mean)


def test_what_cannot_be_decided_is_told():
    frame = micom().assign(verdict="undecided", invariance="undecided", p_adjusted=np.nan)
    told = narrative.invariance(frame, labels=LABELS, language="zh", by="brand")
    assert "0 of 2 composites" in told.texts["en"]
    assert "cannot be decided for 2 composites (Alpha and Beta)" in told.texts["en"]
    table = tables.invariance_table(frame, labels=LABELS["en"], language="en", by="brand")
    assert table.rows[0][2] == "–" and table.rows[0][-1] == "undecided"


def test_three_groups_name_their_pairs():
    pairs = (("x", "y"), ("x", "z"), ("y", "z"))
    frame = micom(mean=True, groups=pairs)
    table = tables.invariance_table(frame, labels=LABELS["en"], language="en", by="brand")
    assert [row[1] for row in table.rows[:3]] == ["East and West", "East and West", "East and z"]
    told = narrative.invariance(frame, labels=LABELS, language="en", by="brand").texts["en"]
    assert (
        "3 comparisons of composites (Alpha: East and West; Alpha: East and z; Alpha: West and z)"
        in told
    )
    drawn = figures.plot_invariance(frame, labels=LABELS["en"], language="en", by="brand")
    texts = [text.get_text() for text in drawn.drawing.axes[0].get_yticklabels()]
    assert texts[0] == "Alpha: East and West"
    found = differences("different", groups=pairs)
    drawn = figures.plot_group_differences(found, labels=LABELS["en"], language="en", by="brand")
    panels = drawn.drawing.axes
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles == ["East less West", "East less z", "West less z"]
    four = tuple((first, second) for first in "xyzv" for second in "xyzv" if first < second)
    found = differences("different", groups=four)
    drawn = figures.plot_group_differences(found, labels=LABELS["en"], language="en", by="brand")
    texts = [text.get_text() for text in drawn.drawing.axes[0].get_yticklabels()]
    assert len(drawn.drawing.axes) == 1 and len([text for text in texts if "less" in text]) == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_years_are_named_as_years(language):
    frame = micom(groups=((2024, 2023),))
    table = tables.invariance_table(frame, labels=LABELS[language], language=language, by="year")
    assert {"zh": "2024年和2023年", "en": "2024 and 2023"}[language] in table.caption


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        ("different", "beyond chance for 1 path (Alpha → Sat: +0.213), of 2 paths"),
        ("different_but_small", "smaller than 0.1 for 1 path."),
        ("equivalent", "no difference of 2 paths compared is beyond chance"),
        ("undecided", "is shown for 2 paths"),
    ],
)
def test_each_verdict_on_a_difference_is_told(verdict, text):
    frame = differences(verdict)
    told = narrative.group_differences(frame, labels=LABELS, language="en", by="brand")
    assert text in told.texts["en"]
    table = tables.group_differences_table(frame, labels=LABELS["en"], language="en", by="brand")
    first = table.rows[0]
    assert first[:6] == ("Alpha", "Sat", "+0.213", "[0.100, 0.326]", "0.004", "0.008")
    assert (
        first[-1]
        == {
            "different": "different",
            "different_but_small": "different, but small",
            "equivalent": "equivalent",
            "undecided": "undecided",
        }[verdict]
    )
    assert "90%" in table.note and "±0.1" in table.note


@pytest.mark.parametrize(("p", "differs"), [(0.01, True), (0.4, False)])
def test_the_test_of_all_paths_at_once_is_told(p, differs):
    distance = pd.DataFrame({"distance": [0.0123], "p_value": [p]})
    told = narrative.group_differences(differences(), distance, labels=LABELS, language="zh")
    assert f"difference 0.0123, p = {p:.3f}" in told.texts["en"]
    assert ("the paths differ (" in told.texts["en"]) is differs
    assert told.texts["zh"].split("合并检验")[1].startswith("显著") is differs


def markers(axes) -> list[tuple[str, str]]:
    lines = [line for line in axes.lines if line.get_marker() not in ("None", None, "")]
    return [(line.get_marker(), line.get_markerfacecolor()) for line in lines]


def test_a_difference_looks_different_in_grey_too():
    looks = {}
    for verdict in ("different", "different_but_small", "equivalent", "undecided"):
        drawn = figures.plot_group_differences(
            differences(verdict), labels=LABELS["en"], language="en", by="brand"
        )
        looks[verdict] = markers(drawn.drawing.axes[0])[0]
        (band,) = [patch for patch in drawn.drawing.axes[0].patches if patch.get_width() > 0.1]
        assert (band.get_x(), band.get_width()) == pytest.approx((-0.1, 0.2))
    assert len({(marker, fill == "white") for marker, fill in looks.values()}) == 4


def test_what_is_outside_of_permuted_groups_is_a_diamond():
    drawn = figures.plot_invariance(micom(mean=True), labels=LABELS["en"], language="en")
    compositional, mean, variance = drawn.drawing.axes
    assert markers(mean) == [("D", style.OCHRE), ("o", style.BLUE)]
    assert {marker for marker, _ in [*markers(compositional), *markers(variance)]} == {"o"}


def drift(moved: bool = True) -> pd.DataFrame:
    rows = [
        {
            "construct": "A",
            "item": item,
            "group": 2024,
            "group_2": earlier,
            "value": 0.8,
            "value_2": 0.85,
            "estimate": -0.05,
            "lower": -0.07,
            "upper": -0.03,
            "p_adjusted": 0.001,
            "verdict": "different_but_small"
            if moved and (item, earlier) == ("a1", 2020)
            else "equivalent",
            "margin": 0.1,
        }
        for earlier in (2023, 2020)
        for item in ("a1", "a2")
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("statistic", ["loadings", "weights"])
def test_drift_is_told_for_each_earlier_wave(statistic):
    told = narrative.drift(drift(), labels=LABELS, language="en", statistic=statistic)
    noun = statistic[:-1]
    assert f"Since 2023, no {noun} of 2 items has changed" in told.texts["en"]
    assert (
        f"Since 2020, the {noun} has changed beyond chance for 1 item (a1: −0.050)"
        in (told.texts["en"])
    )
    calm = narrative.drift(drift(False), labels=LABELS, language="en", statistic=statistic)
    assert "a1" not in calm.texts["en"] and "a1" not in calm.texts["zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drift_table_has_a_change_for_every_earlier_wave(language):
    table = tables.drift_table(drift(), labels=LABELS[language], language=language)
    assert "2023" in table.header[3] and "2020" in table.header[5]
    assert table.rows[0][1:3] == ("a1", "0.800")
    assert table.rows[0][3].replace("\N{NO-BREAK SPACE}", " ") == "−0.050 [−0.070, −0.030]"
    assert table.rows[0][4] != table.rows[0][6] and table.rows[1][4] == table.rows[1][6]


@pytest.mark.parametrize("moved", [True, False])
def test_waves_that_differ_are_framed(moved):
    levels = pd.DataFrame(
        {
            "construct": "A",
            "item": ["a1", "a1", "a1", "a2", "a2", "a2"],
            "year": [2020, 2023, 2024] * 2,
            "estimate": [0.85, 0.85, 0.8, 0.9, 0.88, 0.87],
        }
    )
    drawn = figures.plot_drift(levels, drift(moved), labels=LABELS["en"], language="en")
    axes = drawn.drawing.axes[0]
    bold = [text.get_text() for text in axes.texts if text.get_fontweight() == "bold"]
    assert bold == (["0.85"] if moved else [])
    assert len(axes.texts) == 6
    assert axes.get_yticklabels()[0].get_text() == "Alpha   a1"


def criteria() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n_segments": [1, 2, 3],
            "log_likelihood": [-900.0, -800.0, np.nan],
            "aic3": [1830.0, 1650.0, np.nan],
            "caic": [1850.0, 1700.0, np.nan],
            "bic": [1840.0, 1690.0, np.nan],
            **{name: [1820.0, 1640.0, np.nan] for name in ("aic", "aic4", "hq", "mdl5")},
            "en": [1.0, 0.71, np.nan],
            "nfi": [1.0, 0.66, np.nan],
            "nec": [1.0, 0.31, np.nan],
            "smallest_share": [1.0, 0.3, np.nan],
            "agreement": [1.0, 0.9, np.nan],
            "status": ["ok", "ok", "too_many"],
        }
    )


@pytest.mark.parametrize(
    ("aic3", "caic", "english", "chinese"),
    [
        (2, 2, "both choose 2 segments", "均选择2个分群"),
        (1, 1, "no reason to divide", "没有按路径划分样本的理由"),
        (2, 1, "no segments are described", "不描述分群"),
        (3, 2, "the smaller number is described", "较小的数目"),
    ],
)
def test_what_the_criteria_choose_is_told(aic3, caic, english, chinese):
    choice = SegmentChoice(aic3=aic3, caic=caic, largest=4, unusable=())
    told = narrative.segments(criteria(), choice, labels=LABELS, language="en")
    assert english in told.texts["en"] and chinese in told.texts["zh"]
    assert ("entropy" in told.texts["en"]) is (choice.n_segments > 1)


def test_an_end_and_solutions_that_cannot_be_used_are_told():
    choice = SegmentChoice(aic3=2, caic=2, largest=2, unusable=(3, 4))
    told = narrative.segments(criteria(), choice, labels=LABELS, language="en").texts["en"]
    assert "No larger number was tried" in told
    assert "Without a usable solution: 3 and 4 segments." in told
    blurred = criteria().assign(en=0.2)
    text = narrative.segments(blurred, choice, labels=LABELS, language="en").texts["en"]
    assert "not clearly apart (normed entropy 0.20)" in text and "not clearly" not in told
    table = tables.segment_criteria_table(criteria(), labels={}, language="en")
    assert table.header[1:9] == ("ln L", "AIC", "AIC3", "AIC4", "BIC", "CAIC", "HQ", "MDL5")
    assert table.rows[2][1:] == ("–",) * 8 + ("too few respondents",)
    table = tables.segment_separation_table(criteria(), labels={}, language="en")
    assert table.header[1:4] == ("EN", "NFI", "NEC")
    assert table.rows[1][1:] == ("0.71", "0.66", "0.31", "30.0%", "90.0%", "usable")
    assert table.rows[2][1:] == ("–",) * 5 + ("too few respondents",)
    close = SegmentChoice(
        aic3=2, caic=2, largest=3, unusable=(), next_best={"aic3": (3, 4.0), "caic": (1, 50.0)}
    )
    text = narrative.segments(criteria(), close, labels=LABELS, language="en").texts["en"]
    assert "3 segments by AIC3, 4 worse, and 1 segment by CAIC, 50 worse" in text


def segment_paths(gap: float = 0.6) -> pd.DataFrame:
    rows = [
        {"source": source, "target": "S", "segment": segment, "estimate": estimate, "size": size}
        for source, values in (("A", (0.2, 0.2 + gap)), ("B", (0.4, 0.5)))
        for segment, (estimate, size) in enumerate(zip(values, (0.7, 0.3), strict=True), start=1)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("gap", "path"), [(0.6, "Alpha → Sat"), (0.0, "Beta → Sat")])
def test_the_path_that_differs_most_is_named(gap, path):
    told = narrative.segment_differences(segment_paths(gap), labels=LABELS, language="en")
    assert f"differ most in {path}" in told.texts["en"]
    assert "70% and 30%" in told.texts["en"]
    table = tables.segment_paths_table(segment_paths(gap), labels=LABELS["en"], language="en")
    assert table.header == ("From", "To", "Segment 1 (70%)", "Segment 2 (30%)")
    assert table.rows[0][2:] == ("0.200", f"{0.2 + gap:.3f}")
    drawn = figures.plot_segment_paths(segment_paths(gap), labels=LABELS["en"], language="en")
    assert len(markers(drawn.drawing.axes[0])) == 4


def profile(strength: float = 0.4) -> pd.DataFrame:
    rows = [
        {
            "attribute": "area",
            "value": value,
            "segment": segment,
            "share": share,
            "n_obs": 50,
            "overall": 0.5,
            "cramers_v": strength,
            "p_adjusted": 0.02,
        }
        for value, shares in (("u", (0.7, 0.3)), ("r", (0.3, 0.7)))
        for segment, share in enumerate(shares, start=1)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("strength", "english", "chinese"),
    [
        (
            0.4,
            "area is most closely tied to the segments, with Cramér's V = 0.40",
            "关联最强的是地区",
        ),
        (0.04, "No declared attribute tells the segments apart", "均不能说明"),
        (np.nan, "Of no declared attribute can the association", "均无法判断"),
    ],
)
def test_who_is_in_a_segment(strength, english, chinese):
    told = narrative.segment_members(profile(strength), labels=LABELS, language="en")
    assert english in told.texts["en"] and chinese in told.texts["zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_profile_sets_segments_side_by_side(language):
    labels = LABELS[language]
    table = tables.segment_profile_table(profile(), labels=labels, language=language)
    assert table.rows == (
        (labels["area"], labels["area:u"], "50.0%", "70.0%", "30.0%", "0.400", "0.020"),
        ("", labels["area:r"], "50.0%", "30.0%", "70.0%", "", ""),
    )
    drawn = figures.plot_segment_profile(profile(), labels=labels, language=language)
    heading, *values = (text.get_text() for text in drawn.drawing.axes[0].get_yticklabels())
    assert labels["area"] in heading and "0.40" in heading
    assert values == [labels["area:u"], labels["area:r"]]


def test_a_frame_without_its_columns_is_told():
    with pytest.raises(DataError, match="invariance_table: the frame has no column step"):
        tables.invariance_table(pd.DataFrame({"construct": ["A"]}), labels={}, language="en")
    with pytest.raises(DataError, match="plot_group_differences"):
        figures.plot_group_differences(differences().iloc[:0], labels={}, language="en")
