"""The reference of the codebook names every key, and its examples do what it says."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from csat_models.survey import Codebook, parse_survey
from csat_models.survey.codebooks.questions import MEANINGS, Attribute, Competitor, Item
from csat_models.survey.codebooks.versions import Version

TEXT = (Path(__file__).parents[1] / "docs" / "codebook.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.S)
NOW = "RID,WT,INT,SECONDS,Any other remarks?,STREET,TEL,HOTEL,BRAND,MODE,Q1,Q2,Q3,Q4,Q5"
THEN = "RID,WT,INT,SECONDS,COMMENT,TEL,HOTEL,BRAND,Q1,Q2,Q3,Q4,Z5"


@pytest.fixture(autouse=True)
def own_key(monkeypatch):
    monkeypatch.setenv("CSAT_ID_KEY", "a key of more than sixteen characters")


def read(header: str, row: str, version: str | None = None):
    book = Codebook.model_validate(yaml.safe_load(EXAMPLES[0]))
    raw = f"{header}\n{row}\n".encode()
    return parse_survey(raw, book, source="x.csv", version=version)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_codebook(example, tmp_path):
    (tmp_path / "codebook.yml").write_text(example, encoding="utf-8")
    assert Codebook.load(tmp_path / "codebook.yml").items


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("## Top keys", tuple(Codebook.model_fields)),
        ("## Top keys", tuple(Competitor.model_fields)),
        ("## Top keys", MEANINGS),
        ("## Keys of an item", tuple(field.name for field in fields(Item))),
        ("## Keys of an attribute", tuple(Attribute.model_fields)),
        ("## Keys of a version", tuple(Version.model_fields)),
    ],
)
def test_every_key_is_explained_and_no_other(heading, keys):
    section = TEXT.split(f"{heading}\n")[1].split("\n## ")[0]
    assert [key for key in keys if f"`{key}`" not in section] == []
    rows = re.findall(r"^\| (`.*?) \|", section, flags=re.M)
    told = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert heading == "## Top keys" or told == set(keys)


def test_the_example_shows_every_key():
    content = yaml.safe_load(EXAMPLES[0])
    assert set(content) == set(Codebook.model_fields)
    items = {key for item in content["items"].values() for key in item}
    assert items == {field.name for field in fields(Item)}
    attributes = {key for each in content["attributes"].values() for key in each}
    assert attributes == set(Attribute.model_fields)
    assert set(content["versions"][2024]) == set(Version.model_fields)


def test_the_example_reads_a_row_of_today():
    found = read(NOW, "7,1.5,W,300,fine,Main St,13812345678,1,2,web,98,1,1,8,85%")
    row = found.frame.iloc[0]
    assert (row["Q2"], row["Q3"], row["Q4"], row["Q5"]) == (5, 1, 8, 85)
    assert found.frame["Q1"].isna().all()
    assert re.fullmatch("[0-9a-f]{20}", row["RID"])
    assert "TEL" not in found.frame and row["STREET"] == "Main St"
    assert row["COMMENT"] == "fine"


def test_the_example_bridges_a_row_of_then():
    found = read(THEN, "7,1.5,W,300,fine,13812345678,1,B,3,1,0,,40", version="2024")
    row = found.frame.iloc[0]
    # 3 lies half way between 1 and 5, and so does 5.5 between 1 and 10.
    assert (row["Q1"], row["Q2"], row["Q3"], row["Q5"]) == (5.5, 1, 0, 40)
    assert row["BRAND"] == "2"
    assert found.frame["MODE"].isna().all()
