"""Waves of another questionnaire are told, with what was equated."""

from __future__ import annotations

import pandas as pd

from csat_models.report import narrative

ROW = {
    "year": 2019,
    "version": "2019",
    "renamed": ["SAT1"],
    "equated": ["VAL1", "VAL2"],
    "note_zh": "访问方式为电话。",
    "note_en": "Asked by telephone.",
}


def test_a_bridged_wave_names_items_and_note():
    (told,) = narrative.bridges(pd.DataFrame([ROW]), labels={"zh": {}, "en": {}}, language="en")
    assert "2019" in told.texts["zh"] and "线性" in told.texts["zh"]
    assert "2 items (VAL1 and VAL2)" in told.texts["en"]
    assert told.texts["en"].endswith("Asked by telephone.")


def test_what_did_not_change_is_not_told():
    row = ROW | {"renamed": [], "equated": [], "note_en": "", "note_zh": ""}
    (told,) = narrative.bridges(pd.DataFrame([row]), labels={"zh": {}, "en": {}}, language="en")
    assert "equated" not in told.texts["en"] and "Renamed" not in told.texts["en"]
    none = pd.DataFrame([], columns=list(ROW))
    assert narrative.bridges(none, labels={"zh": {}, "en": {}}, language="en") == []


def test_items_on_another_scale_are_told_with_their_means():
    frame = pd.DataFrame(
        {"item": ["Q12"], "low": 1.0, "high": 5.0, "estimate": 3.9, "lower": 3.8, "upper": 4.0}
    )
    (told,) = narrative.other_scales(frame, labels={"zh": {}, "en": {}}, language="en")
    assert "Q12, from 1 to 5: 3.90 (95% interval [3.80, 4.00])" in told.texts["en"]
    assert narrative.other_scales(frame.head(0), labels={"zh": {}, "en": {}}, language="en") == []
