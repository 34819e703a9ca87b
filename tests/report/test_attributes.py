"""Named groups and next year's sample in the report: what changes with the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.report import figures, narrative, tables
from csat_models.report.attributes import each_attribute

LABELS = {
    "zh": {"S": "满意", "Q": "质量", "sex": "性别", "sex:m": "男", "sex:f": "女", "area": "地区"},
    "en": {"S": "Sat", "Q": "Quality", "sex": "Sex", "sex:m": "Male", "sex:f": "Female",
           "area": "Area"},
}  # fmt: skip
TERMS = {"labels": LABELS, "language": "en"}
SAID = {"labels": LABELS["en"], "language": "en"}


def sizes(status: str = "used") -> pd.DataFrame:
    table = {"attribute": ["sex", "sex", "area"], "value": ["m", "f", "u"], "n_obs": [600, 12, 90]}
    return pd.DataFrame(table).assign(status=["used", status, "used"], least=31)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("small", "Left out, with fewer than 31 respondents: Female: 12."),
        ("constant", "Left out, since all gave the same answer to an item: Female: 12."),
    ],
)
def test_groups_left_out_are_named_with_the_reason(status, text):
    told = narrative.group_sizes(sizes(status), **TERMS).texts["en"]
    assert text in told and "fewer than two groups remain: sex and area." in told
    calm = narrative.group_sizes(sizes(), **TERMS).texts["en"]
    assert "Left out" not in calm and "remain: area." in calm
    table = tables.group_sizes_table(sizes(status), **SAID)
    assert table.rows[0] == ("Sex", "Male", "600", "yes") and table.rows[1][3].startswith("no: ")


def levels(gap: float = 5.0) -> pd.DataFrame:
    rows = [
        {"attribute": attribute, "label": label, "construct": construct, "estimate": 70 + move,
         "lower": 68 + move, "upper": 72 + move}
        for attribute, labels in (("sex", "mf"), ("area", "ur"))
        for label, move in zip(labels, (0.0, gap), strict=True)
        for construct in ("S", "Q")
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("gap", "best", "worst"), [(5.0, "Female", "Male"), (-5, "Male", "Female")]
)
def test_every_attribute_has_its_elements(gap, best, worst):
    def sentence(frame, *, by, table="group_index", figure="group_index"):
        names = {"table": table, "figure": figure}
        return narrative.group_index(frame, by=by, focus="S", **names, **TERMS)

    def table(frame, *, by, name="group_index"):
        return tables.group_index_table(frame, by=by, name=name, **SAID)

    def figure(frame, *, by, name="group_index"):
        return figures.plot_group_index(frame, by=by, name=name, **SAID)

    found = each_attribute(levels(gap), sentence, table, figure)
    assert [each.name for each in found[1::3]] == ["group_index_sex", "group_index_area"]
    assert found[4].caption == "Index by Area (0–100)" and found[1].header[1:] == ("Male", "Female")
    told = found[0].texts["en"]
    assert f"highest for {best}" in told and f"lowest for {worst}" in told
    assert "[@table:group_index_sex]" in told
    assert found[2].caption == "Index by Sex"


def test_further_frames_are_those_of_the_attribute():
    def told(frame, *, by, distance, name="x"):
        assert distance["attribute"].tolist() == [by] and set(frame["attribute"]) == {by}
        return name

    distance = pd.DataFrame({"attribute": ["sex", "area"]})
    assert each_attribute(levels(), told, distance=distance) == ["x_sex", "x_area"]


def power(rate: float = 0.5, simulated: float = 800.0) -> pd.DataFrame:
    return pd.DataFrame(
        {"source": ["Q", "S"], "target": ["S", "Q"], "path": [0.4, -0.1], "n_obs": 300}
    ).assign(
        design_effect=1.4, power=[1.0, rate], inverse_square_root=[49, 785],
        gamma_exponential=[30, 770], simulated=[100.0, simulated],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "size", "first", "second"),
    [
        (0.5, 800.0, "less than 80% for 1 path (Sat → Quality), of 2 paths", "takes 800"),
        (0.9, 800.0, "80% or more for each of 2 paths", "takes 800"),
        (0.5, float("nan"), "less than 80% for 1 path", "more respondents than any size tried"),
    ],
)
def test_paths_that_the_sample_was_too_small_for_are_named(rate, size, first, second):
    told = narrative.path_power(power(rate, size), **TERMS).texts["en"]
    assert first in told and second in told and "design effect of 1.40" in told
    table = tables.path_power_table(power(rate, size), **SAID)
    assert table.rows[1][2:6] == ("−0.100", f"{rate:.1%}", "785", "770")
    assert table.rows[1][6] == ("–" if np.isnan(size) else "800")


def plan() -> pd.DataFrame:
    return pd.DataFrame({"place": [None, "m", "f"], "n_obs": [300, 200, 100]}).assign(
        n_other=300, design_effect=1.2, detectable=[2.0, 3.0, 4.0], needed_1=[1200, 1800, 2400],
        needed_2=[300, 450, 600], needed_3=[134, 200, 267],
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["change", "lead"])
def test_what_could_have_been_detected_is_told(kind):
    how = {"unit": "sex", "construct": "S", "kind": kind}
    told = narrative.detectable(plan(), **how, **TERMS).texts["en"]
    assert "2.0 points" in told and "1 point takes 1,200" in told
    assert "from 3.0 to 4.0 points" in told and "from 200 to 267" in told
    alone = narrative.detectable(plan().head(1), **how, **TERMS).texts["en"]
    assert "from 3.0" not in alone
    table = tables.detectable_table(plan(), **how, **SAID)
    assert [row[0] for row in table.rows] == ["All", "Male", "Female"]
    assert table.rows[0][1:] == ("300", "300", "1.20", "2.0", "1,200", "300", "134")


def test_curves_of_power_stand_against_the_sample_size():
    curve = pd.DataFrame({"n_obs": [100, 200] * 2, "points": [1.0, 1.0, 2.0, 2.0]})
    drawn = figures.plot_detectable(curve.assign(power=[0.1, 0.2, 0.6, 0.9]), 150, **SAID)
    lines = [line.get_ydata() for line in drawn.drawing.axes[0].lines[:2]]
    assert [list(line) for line in lines] == [[10.0, 20.0], [60.0, 90.0]]
    paths = power().loc[[0, 0, 1, 1]].assign(n_obs=[100, 200] * 2, power=[0.5, 0.8, 0.1, 0.3])
    drawn = figures.plot_path_power(paths, 150, **SAID)
    (legend,) = drawn.drawing.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["Sat → Quality: −0.10", "Quality → Sat: 0.40"]
