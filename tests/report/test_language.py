from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models.errors import ParamsError
from csat_models.report import language as module
from csat_models.report.language import (
    LANGUAGES,
    Wording,
    catalogue,
    display_width,
    message,
    shorten,
    wrap,
)

REPORT = Path(module.__file__).parent
SOURCES = sorted(
    path
    for folder in (".", "tables", "figures", "narrative")
    for path in (REPORT / folder).glob("*.py")
)
HAN = re.compile(r"[\u4e00-\u9fff]")


def _fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert set(catalogue("zh")) == set(catalogue("en"))


@pytest.mark.parametrize("key", sorted(catalogue("en")))
def test_both_languages_have_the_same_fields(key: str) -> None:
    chinese, english = _fields(catalogue("zh")[key]), _fields(catalogue("en")[key])
    if key.startswith("noun."):  # "1 city" spells its number out
        assert chinese <= {"number"} and english <= {"number"}
    else:
        assert chinese == english


def _literals() -> Iterator[str]:
    for path in SOURCES:
        if path.name == "style.py":  # matplotlib's settings look like keys
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "*"
                    for part in node.values
                )


def test_every_key_is_used_by_the_code() -> None:
    literals = set(_literals())
    patterns = [
        re.compile(re.escape(text).replace(r"\*", ".+"))
        for text in literals
        if re.match(r"[a-z_]+\.[a-z_.]*\*", text)
    ]
    unused = [
        key
        for key in catalogue("en")
        if key not in literals and not any(p.fullmatch(key) for p in patterns)
    ]
    assert unused == []


def test_every_key_in_the_code_is_in_the_catalogue() -> None:
    sections = {key.split(".")[0] for key in catalogue("en")}
    form = re.compile(r"[a-z_]+(\.[a-z_]*[a-z])+")
    keys = {text for text in _literals() if form.fullmatch(text)}
    asked = {key for key in keys if key.split(".")[0] in sections}
    assert asked - set(catalogue("en")) == set()
    assert len(asked) > 100


def _docstrings(tree: ast.AST) -> set[int]:
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_chinese_text_in_code(path: Path) -> None:
    if path.parent == REPORT and path.name not in {"language.py", "diagram.py", "style.py"}:
        pytest.skip("the typesetting has rules about characters")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = _docstrings(tree)
    found = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documented
        and HAN.search(node.value)
    ]
    assert found == []


@pytest.mark.parametrize("section", ["finding", "method", "introduction", "absent", "note"])
def test_chinese_sentences_use_full_width_punctuation(section: str) -> None:
    for key, text in catalogue("zh").items():
        if key.startswith(f"{section}."):
            bare = re.sub(r"\[@[^\]]*\]|\{[^}]*\}|P\(领先>0\)", "", text)
            assert not re.search(r"[,;:!?()]", bare), key
            assert not re.search(r"[\u4e00-\u9fff]\.", bare), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_with_a_stop(language: str) -> None:
    stop = {"zh": "。", "en": "."}[language]
    for key, text in catalogue(language).items():
        if key.split(".")[0] in {"finding", "introduction", "absent"}:
            assert text.endswith(stop), key


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [(0, "no city", "0个城市"), (1, "1 city", "1个城市"), (1200, "1,200 cities", "1,200个城市")],
)
def test_counted_nouns(number: int, english: str, chinese: str) -> None:
    assert Wording(language="en").count("city", number) == english
    assert Wording(language="zh").count("city", number) == chinese


def test_an_unknown_noun_is_a_unit() -> None:
    assert Wording(language="en").count("shop", 3) == "3 units"


def test_enumerations() -> None:
    words = Wording(language="en")
    assert [words.join(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert Wording(language="zh").join(["甲", "乙", "丙"]) == "甲、乙和丙"


def test_a_value_falls_back_to_the_identifier() -> None:
    words = Wording(language="en", labels={"city:a": "Ahai", "b": "Bhai"})
    assert [words.value("city", name) for name in "abc"] == ["Ahai", "Bhai", "c"]


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(ParamsError, match=r"'fr'.*zh, en"):
        message("fr", "header.mean")


texts = st.text(alphabet="ab cd满意度 ", max_size=60)


@given(texts, st.integers(2, 30))
def test_shortened_text_fits(text: str, width: int) -> None:
    assert display_width(shorten(text, width)) <= width


@given(texts, st.integers(2, 30))
def test_wrapping_keeps_every_character_in_order(text: str, width: int) -> None:
    lines = wrap(text, width).splitlines()
    assert "".join("".join(lines).split()) == "".join(text.split())
    longest = max((display_width(word) for word in re.split(r"[ 满意度]", text)), default=0)
    assert all(display_width(line) <= max(width, longest) for line in lines)
