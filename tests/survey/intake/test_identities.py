"""At the door: who answered is hashed or dropped, and stays linked across waves."""

from __future__ import annotations

import hashlib
import hmac
import stat

import pandas as pd
import pytest

from csat_models.errors import DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.intake.identities import (
    identity_key,
    key_file,
    key_in_use,
    key_name,
    normalise,
    pseudonymise,
    recognise_content,
    recognise_identifier,
)

KEY = "a key of more than sixteen characters"
PHONES = ("13812345678", "139 1234 5678", "+86-137-1234-5678")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("CSAT_ID_KEY", raising=False)


def word(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def book(**changes: object) -> Codebook:
    content: dict[str, object] = {
        "respondent_id": "id",
        "scale": [1, 10],
        "items": {"S1": {"text": word("satisfied")}},
        "attributes": {
            "contact": {"kind": "text", "label": word("Contact")},
            "note": {"kind": "text", "label": word("Note")},
        },
    }
    return Codebook.model_validate(content | changes)


def read(codebook: Codebook, ids=("a", "b"), contact=("x", "y"), note=("", "good")):
    rows = [f"{i},7,{c},{n}" for i, c, n in zip(ids, contact, note, strict=True)]
    return parse_survey("\n".join(["id,S1,contact,note", *rows, ""]).encode(), codebook, source="x")


def test_a_pseudonym_is_the_keyed_hash_of_rfc_2104():
    found = pseudonymise(pd.Series(["a1"]), KEY.encode())
    expected = hmac.new(KEY.encode(), b"a1", hashlib.sha256).hexdigest()[:20]
    assert found.tolist() == [expected]


def test_artificial_identifiers_stay_unless_the_codebook_says_otherwise(monkeypatch):
    assert read(book()).frame["id"].tolist() == ["a", "b"]
    assert not key_file().exists()
    monkeypatch.setenv("CSAT_ID_KEY", KEY)
    hidden = read(book(pseudonymise=True))
    assert hidden.frame["id"].tolist() == pseudonymise(pd.Series(["a", "b"]), KEY.encode()).tolist()
    told = f"id: 2 identifiers pseudonymised (keyed hash, key {key_name(KEY.encode())})"
    assert told in hidden.log
    assert KEY not in " ".join(hidden.log)


def test_telephone_numbers_are_hidden_without_being_told():
    found = read(book(), ids=PHONES[:2])
    assert found.frame["id"].str.fullmatch("[0-9a-f]{20}").all()
    assert any("since they are telephone numbers" in line for line in found.log)
    kept = read(book(pseudonymise=False), ids=PHONES[:2])
    assert kept.frame["id"].tolist() == list(PHONES[:2])
    assert any("kept, as the codebook says" in line for line in kept.log)


def test_the_same_key_keeps_persons_linked_however_they_are_written(monkeypatch):
    first = read(book(), ids=("13812345678", "13912345678")).frame["id"]
    second = read(book(), ids=("139-1234-5678", "１３８１２３４５６７８")).frame["id"]
    assert second.tolist() == first.tolist()[::-1]
    monkeypatch.setenv("CSAT_ID_KEY", KEY)
    assert not set(first) & set(read(book(), ids=("13812345678", "13912345678")).frame["id"])


def test_a_repeated_telephone_number_is_not_shown_in_the_message():
    with pytest.raises(DataError, match="more than once: line 2, line 3;") as caught:
        read(book(), ids=("13812345678", "13812345678"))
    assert "138" not in str(caught.value)
    assert caught.value.facts["values"] == ()


@pytest.mark.parametrize(
    "name",
    [
        "phone",
        "Mobile No",
        "E-Mail",
        "full_name",
        "客户姓名",
        "手机",
        "联系电话",
        "身份证号",
        "家庭住址",
    ],
)
def test_names_of_columns_that_identify(name):
    assert recognise_identifier(name) == "its name"


@pytest.mark.parametrize(
    "name",
    ["city", "mobile_spend", "operator_name", "手机品牌", "duration", "comment", "age", "满意"],
)
def test_names_of_columns_that_do_not(name):
    assert recognise_identifier(name) is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (PHONES, "telephone numbers"),
        (["11010519491231002X", "440308199901010012"], "identity numbers"),
        (["a.b@c.com", "x@y.cn", "none"], "e-mail addresses"),
        (["7", "8", "13812345678"], None),
        (["R2300785", "20240101001"], None),
        ([], None),
    ],
)
def test_contents_that_identify(values, kind):
    assert recognise_content(pd.Series(list(values), dtype="str")) == kind


def test_identifying_columns_are_dropped_and_the_log_says_so():
    found = read(book(), contact=PHONES[:2])
    assert "contact" not in found.frame
    assert "contact" not in found.codebook.attributes
    assert "contact: identifies persons (telephone numbers), dropped" in found.log
    assert found.frame["note"].notna().tolist() == [False, True]


def test_identifying_columns_are_kept_where_declared():
    attributes = {
        "contact": {"kind": "text", "label": word("C"), "keep": True},
        "note": {"kind": "identifier", "label": word("N")},
    }
    found = read(book(attributes=attributes), contact=PHONES[:2])
    assert found.frame["contact"].tolist() == list(PHONES[:2])
    assert "contact: identifies persons (telephone numbers), kept as declared" in found.log
    assert "note" not in found.frame


def test_the_key_is_made_once_for_its_owner_alone():
    first = identity_key()
    assert identity_key() == first
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert len(first) == 64
    assert [path.name for path in key_file().parent.iterdir()] == ["id_key"]


@pytest.mark.parametrize(("mode", "content"), [(0o644, "x" * 64), (0o600, "short")])
def test_a_key_that_others_may_read_or_that_is_too_short_is_refused(mode, content):
    identity_key()
    key_file().write_text(content)
    key_file().chmod(mode)
    with pytest.raises(DataError, match=r"chmod 600|at least 16"):
        identity_key()


def test_the_key_in_use_is_named_only_where_pseudonyms_are_declared(monkeypatch):
    assert key_in_use(book()) is None
    assert not key_file().exists()
    first = key_in_use(book(pseudonymise=True))
    monkeypatch.setenv("CSAT_ID_KEY", KEY)
    assert key_in_use(book(pseudonymise=True)) == key_name(KEY.encode()) != first


def test_a_short_key_in_the_environment_is_refused(monkeypatch):
    monkeypatch.setenv("CSAT_ID_KEY", "short")
    with pytest.raises(DataError, match="has 5 characters; a key has at least 16"):
        identity_key()


def test_case_matters_in_artificial_identifiers():
    assert normalise("aB3") != normalise("ab3")
    assert normalise("11010519491231002X") == normalise("11010519491231002x")


@pytest.mark.parametrize("label", ["姓名", "D2. 您的联系电话", "Home address"])
def test_a_label_that_says_who_drops_a_text(label):
    attributes = {
        "contact": {"kind": "text", "label": word(label)},
        "note": {"kind": "text", "label": word("手机使用感受")},
    }
    found = read(book(attributes=attributes))
    assert "contact" not in found.frame and "note" in found.frame
    assert "contact: identifies persons (its label), dropped" in found.log
    attributes["contact"]["keep"] = True
    kept = read(book(attributes=attributes))
    assert kept.frame["contact"].tolist() == ["x", "y"]
    assert "contact: identifies persons (its label), kept as declared" in kept.log


@pytest.mark.parametrize(
    ("ids", "hashed"), [(("13812345678", "138-1234-5678"), True), (("A1", "A1 "), False)]
)
def test_one_identifier_written_in_two_ways_stands_twice(ids, hashed):
    item = {"S1": {"text": word("satisfied")}}
    content = {"scale": [1, 10], "items": item, "respondent_id": "id", "pseudonymise": hashed}
    raw = f"id,S1\n{ids[0]},1\n{ids[1]},2\n".encode()
    with pytest.raises(DataError, match="stand more than once"):
        parse_survey(raw, Codebook.model_validate(content), source="x.csv")
    content |= {"unique_respondents": False}
    assert len(parse_survey(raw, Codebook.model_validate(content), source="x.csv").frame) == 2
