"""A study begun from a data file alone can be checked as it stands, and says what was guessed."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from csat_models.cli import main
from csat_models.errors import CsatError, ParamsError
from csat_models.model import PathModel
from csat_models.survey import Codebook, parse_survey
from csat_models.workflow.beginning.proposal import propose_comparison, propose_model
from csat_models.workflow.beginning.starting import start_study
from csat_models.workflow.params.loading import load_params, model_of
from csat_models.workflow.study import Study

N_ROWS = 120
WORDINGS = {
    "guest": "Guest number",
    "hotel": "Hotel",
    "clean": "Cleanliness of the room",
    "staff": "Friendliness of the staff",
    "price": "Value for money",
    "overall": "Overall satisfaction",
    "ideal": "Compared with an ideal hotel",
    "again": "How likely are you to stay with us again?",
    "friends": "Would you recommend us to friends?",
    "answered": "Handling of the complaint",
}
ITEMS = list(WORDINGS)[2:]


@pytest.fixture(autouse=True)
def own_key(monkeypatch):
    monkeypatch.setenv("CSAT_ID_KEY", "a key of more than sixteen characters")


def answers(seed: int = 1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(N_ROWS, 1))
    scores = common + generator.normal(size=(N_ROWS, len(ITEMS)))
    frame = pd.DataFrame(np.clip(np.rint(5 + scores), 1, 7), columns=ITEMS)
    frame.insert(0, "guest", [f"G{k}" for k in generator.permutation(10 * N_ROWS)[:N_ROWS]])
    frame.insert(1, "hotel", generator.integers(1, 4, N_ROWS).astype(float))
    frame.loc[generator.random(N_ROWS) < 0.8, "answered"] = np.nan
    return frame


@pytest.fixture
def hotels(tiny, monkeypatch):
    """A project with a Stata file of English wordings, two letters for missing answers."""
    monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))
    frame = answers().astype({"clean": object})
    frame.loc[:4, "clean"] = "a"
    path = tiny.root / "data/raw/hotels_2025.dta"
    pyreadstat.write_dta(
        frame,
        path,
        column_labels=WORDINGS,
        variable_value_labels={
            "hotel": {1: "Harbour", 2: "Station", 3: "Airport"},
            "clean": {1: "very poor", 7: "excellent", "a": "Don't know"},
        },
        missing_user_values={"clean": ["a"]},
    )
    return tiny


def test_a_file_alone_becomes_a_study_without_an_edit(hotels, capsys):
    code = main(["new", "hotels_2025", "--data", str(hotels.root / "data/raw/hotels_2025.dta")])
    out = capsys.readouterr().out
    assert code == 0
    assert "wrote params/codebook_hotels_2025.yml\nwrote params/hotels_2025.yml" in out
    assert "most were not asked or did not answer: answered" in out
    study = Study.open("hotels_2025")
    study.check()
    params = study.params
    assert (params.wave, params.language, params.bootstrap.seed) == (2025, "en", 1)
    assert (params.comparison.unit, params.comparison.competitor) == ("hotel", None)
    model = model_of(params)
    assert model.construct_names == ("Quality", "Value", "Satisfaction", "Loyalty")
    assert model.items_of("Satisfaction") == ("overall", "ideal")
    assert model.predecessors("Satisfaction") == ("Quality", "Value")
    book = Codebook.load(hotels.root / params.data.codebook)
    assert [code.meaning for code in book.items["clean"].missing.values()] == ["dont_know"]


def test_nothing_that_exists_is_overwritten(hotels, capsys):
    book = hotels.root / "params/codebook_hotels_2025.yml"
    data = str(hotels.root / "data/raw/hotels_2025.dta")
    assert main(["codebook", "draft", data]) == 0
    own = (
        book.read_text(encoding="utf-8")
        .replace("Quality:", "Room:")
        .replace(": Quality ", ": Room ")
    )
    book.write_text(own, encoding="utf-8")
    assert main(["new", "hotels_2025", "--data", data]) == 0
    assert "used params/codebook_hotels_2025.yml" in capsys.readouterr().out
    assert book.read_text(encoding="utf-8") == own
    assert model_of(load_params("hotels_2025", hotels.project)).construct_names[0] == "Room"
    first = (hotels.root / "params/hotels_2025.yml").read_bytes()
    assert main(["new", "hotels_2025", "--data", data]) == CsatError.exit_code
    assert "exists already" in capsys.readouterr().err
    assert (hotels.root / "params/hotels_2025.yml").read_bytes() == first
    assert main(["new", "other_2024", "--data", data, "--codebook", str(book)]) == 0
    assert load_params("other_2024", hotels.project).wave == 2024


def test_what_cannot_begin_is_told_in_one_sentence(hotels, tmp_path):
    outside = tmp_path / "outside.dta"
    outside.write_bytes((hotels.root / "data/raw/hotels_2025.dta").read_bytes())
    with pytest.raises(ParamsError, match=r"lies outside the project .*; copy it into data/raw/"):
        start_study("new_2025", outside)
    with pytest.raises(ParamsError, match="is no name for a study"):
        start_study("a/b", hotels.root / "data/raw/hotels_2025.dta")
    hotels.write("data/raw/plain.csv", "a1,b1\n1,5\n3,2\n5,1\n")
    with pytest.raises(ParamsError, match="fewer than two constructs have items"):
        start_study("new_2025", hotels.root / "data/raw/plain.csv")
    assert not (hotels.root / "params/new_2025.yml").exists()
    assert (hotels.root / "params/codebook_plain.yml").exists()


def read(frame: pd.DataFrame, **changed: object):
    names = [name for name in frame if name not in ("unit", "brand")]
    content = {
        "scale": [1, 7],
        "constructs": {
            name: {"zh": name, "en": name} for name in dict.fromkeys(n[:-1] for n in names)
        },
        "items": {n: {"construct": n[:-1], "text": {"zh": n, "en": n}} for n in names},
    }
    stream = io.BytesIO()
    frame.to_parquet(stream)
    book = Codebook.model_validate({**content, **changed})
    return parse_survey(stream.getvalue(), book, source="x")


def scores(*names: str, n_rows: int = 40) -> pd.DataFrame:
    generator = np.random.default_rng(2)
    return pd.DataFrame(generator.integers(1, 8, (n_rows, len(names))), columns=list(names))


def test_constructs_that_are_not_known_lead_to_satisfaction():
    found = propose_model(read(scores("Network1", "Shops1", "Satisfaction1", "Loyalty1", "Image1")))
    assert found.paths == {
        "Satisfaction": ("Image", "Network", "Shops"),
        "Loyalty": ("Image", "Satisfaction"),
    }


def test_without_satisfaction_all_lead_to_the_last_one():
    found = propose_model(read(scores("Rooms1", "Food1")))
    assert found.paths == {"Food": ("Rooms",)}
    assert found.is_model
    assert not propose_model(read(scores("Rooms1"))).is_model


def test_every_proposed_model_can_be_read_and_lines_are_short():
    many = [f"Quality{k}" for k in range(1, 10)]
    frame = scores(*many, *(f"Loyalty{k}" for k in range(1, 10)))
    found = propose_model(read(frame))
    text = "\n".join(found.lines())
    assert PathModel.parse(text).items == tuple(frame.columns)
    assert max(map(len, text.splitlines())) <= 96


def test_items_that_tell_nothing_stay_outside_with_the_reason():
    frame = scores("Quality1", "Quality2", "Quality3", "Value1").astype(float)
    frame["Quality1"], frame.loc[10:, "Quality2"] = 5.0, np.nan
    found = propose_model(read(frame))
    assert found.blocks == {"Quality": ("Quality3",), "Value": ("Value1",)}
    assert list(found.remarks()) == [
        "not in the model, since all answers are alike: Quality1",
        "not in the model, since most were not asked or did not answer: Quality2",
    ]


def test_a_comparison_of_small_cells_is_left_out_and_told():
    frame = scores("Quality1", "Value1").assign(unit=["a"] * 36 + ["b"] * 4)
    labels = {name: {"zh": name, "en": name} for name in "ab"}
    unit = {"unit": {"kind": "category", "label": {"zh": "店", "en": "Shop"}, "labels": labels}}
    responses = read(frame, unit="unit", attributes=unit)
    lines, doubt = propose_comparison(responses, 10)
    assert lines == ["unit: unit"]
    assert doubt == "the smallest cell has 4 respondents, fewer than 10"
    assert propose_comparison(responses, 4) == (lines, None)
