from __future__ import annotations

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from csat_models.errors import DataError
from csat_models.report import narrative
from csat_models.report.elements import Heading, Paragraph
from csat_models.report.narrative.sentences import REASONS

CITED = {
    "hauff2024",
    "kish1965",
    "kock2018",
    "vinzi2008",
    "bredl2012",
    "kuriakose2016",
    "meade2012",
    "little1988",
    "chin2010",
    "hahn2002",
    "henseler2016",
    "holm1979",
    "klesel2019",
    "sarstedt2011",
    "schuirmann1987",
    "joreskog1969",
    "hu1999",
    "browne1992",
    "satorra1994",
    "cheung2002",
    "chen2007",
    "martilla1977",
    "ringle2016",
    "dul2016",
    "dul2020",
    "bollen1987",
    "fornell1996",
    "henseler2015",
    "tenenhaus2005",
    "wold1982",
    "fornell1981",
    "hanley2006",
    "dijkstra2015",
    "cronbach1951",
    "mogstad2024",
    "bollen1992",
    "chin1998",
    "chin2013",
    "cohen1988",
    "dijkstra2015b",
    "hair2019",
    "hair2022",
    "kock2015",
    "liengaard2021",
    "lindell2001",
    "roemer2021",
    "sharma2019",
    "sharma2023",
    "shmueli2019",
    "wherry1931",
}


def _facts(made: SimpleNamespace, **changed: object) -> narrative.StudyFacts:
    facts: dict[str, object] = {
        "year": 2024,
        "years": tuple(range(2017, 2025)),
        "constructs": made.model.construct_names,
        "n_items": len(made.model.items),
        "n_obs": 3300,
        "n_units": 11,
        "by": "operator",
        "ours": "ours",
        "theirs": "rival",
    }
    return narrative.StudyFacts(**(facts | changed))  # type: ignore[arg-type]


def _findings(made: SimpleNamespace) -> list[Paragraph]:
    options = {"labels": made.labels, "language": "zh"}
    ours = made.units[made.units["operator"] == made.operators[0]]
    level = made.index[made.index["operator"] == made.operators[0]]
    satisfaction = made.trend[
        (made.trend["construct"] == "Satisfaction") & (made.trend["operator"] == made.operators[0])
    ]
    return [
        narrative.sample_size(made.cells, year=2024, n_read=3356, **options),
        narrative.profile(made.profile, **options),
        narrative.items(made.items, **options),
        narrative.loadings(made.loadings, **options),
        narrative.reliability(made.reliability, **options),
        narrative.discriminant_validity(made.htmt, **options),
        narrative.fornell_larcker(made.correlations, **options),
        narrative.drivers(made.paths, made.r_squared, **options),
        narrative.drivers(made.paths, made.r_squared, target="Loyalty", **options),
        narrative.total_effects(made.effects, **options),
        narrative.group_paths(made.path_difference, **options),
        narrative.index_level(made.overall, ours, year=2024, **options),
        narrative.index_by_construct(level, **options),
        narrative.lead(made.overall, made.leads, **options),
        narrative.rank_uncertainty(made.standing, **options),
        narrative.change(made.overall - 74.0, made.changes, since=2023, **options),
        narrative.trend(satisfaction, made.overall, **options),
    ]


def _prose(made: SimpleNamespace) -> list[Paragraph]:
    options = {"labels": made.labels, "language": "zh"}
    facts = _facts(made)
    chapters = [
        p for name in narrative.METHODS for p in narrative.chapter_methods(name, facts, **options)
    ]
    elements = [*narrative.introduction(facts, **options), *narrative.methods(facts, **options)]
    paragraphs = [element for element in elements if isinstance(element, Paragraph)]
    return [*chapters, *paragraphs, narrative.abstract(facts, **options)]


@pytest.mark.parametrize("size", ["results", "small_results"])
def test_paragraphs_are_written_in_both_languages(
    size: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(size)
    for paragraph in [*_findings(made), *_prose(made)]:
        chinese, english = paragraph.texts["zh"], paragraph.texts["en"]
        assert paragraph.text == chinese
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert not re.search(r"[\u4e00-\u9fff]", english)
        references = [sorted(re.findall(r"\[@([\w:]+)\]", text)) for text in (chinese, english)]
        assert references[0] == references[1]
        for text in (chinese, english):
            assert not re.search(r"[{}]|\bnan\b|None|  |\.\.|,,|。。|，，", text)


def test_roles(results: SimpleNamespace) -> None:
    assert {paragraph.role for paragraph in _findings(results)} == {"finding", "headline", "text"}
    options = {"labels": results.labels, "language": "en"}
    methods = narrative.chapter_methods("index", _facts(results), **options)
    assert {paragraph.role for paragraph in methods} == {"method"}


def test_only_known_works_are_cited(results: SimpleNamespace) -> None:
    text = " ".join(paragraph.texts["en"] for paragraph in _prose(results))
    assert set(re.findall(r"\[@(\w+)\]", text)) == CITED


def _row(estimate: float, lower: float, upper: float, **columns: object) -> pd.DataFrame:
    return pd.DataFrame([{**columns, "estimate": estimate, "lower": lower, "upper": upper}])


def _english(paragraph: Paragraph) -> str:
    return paragraph.texts["en"]


def test_a_lead_with_one_unit_and_none() -> None:
    units = pd.concat(
        [
            _row(3.0, 1.0, 5.0, city="a"),
            _row(0.5, -1.0, 2.0, city="b"),
            _row(0.0, -2.0, 2.0, city="c"),
        ]
    )
    told = narrative.lead(_row(2.0, 1.0, 3.0), units, labels={}, language="en")
    assert _english(told) == (
        "In Satisfaction, ours is ahead of rival: the lead is +2.0 index points (95% interval "
        "[1.0, 3.0]), and the interval excludes zero. The interval of the lead lies above zero "
        "in 1 city (a) and below zero in no city; it contains zero in 2 cities "
        "([@table:standing], [@figure:leads])."
    )


@pytest.mark.parametrize(
    ("estimate", "words"),
    [(2.0, "is ahead of rival"), (-2.0, "is behind rival"), (0.5, "does not decide who is ahead")],
)
def test_direction_of_a_lead(estimate: float, words: str) -> None:
    told = narrative.lead(_row(estimate, estimate - 1, estimate + 1), labels={}, language="en")
    assert words in _english(told)


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (2.0, "rose on 2023: the change is +2.0 index points"),
        (-2.0, "fell on 2023"),
        (0.5, "within sampling error"),
    ],
)
def test_direction_of_a_change(estimate: float, words: str) -> None:
    whole = _row(estimate, estimate - 1, estimate + 1)
    assert words in _english(narrative.change(whole, labels={}, language="en", since=2023))


def test_a_year_without_changes_says_so() -> None:
    units = pd.concat([_row(0.2, -1, 1, city="a"), _row(-0.3, -1, 1, city="b")])
    told = narrative.change(_row(0.1, -1, 1), units, labels={}, language="en", since=2023)
    assert "none rose or fell beyond sampling error" in _english(told)


def test_offending_pairs_are_named() -> None:
    pairs = pd.DataFrame(
        {
            "construct": ["A", "A"],
            "construct_2": ["B", "C"],
            "estimate": [0.88, 0.6],
            "upper": [0.92, 0.7],
        }
    )
    told = _english(narrative.discriminant_validity(pairs, labels={}, language="en"))
    assert "1 pair (A and B: 0.88, limit 0.92)" in told
    clean = _english(narrative.discriminant_validity(pairs[1:], labels={}, language="en"))
    assert "stays below 0.90" in clean
    assert "A and C: 0.60" in clean


def test_a_failed_reliability_is_named() -> None:
    frame = pd.DataFrame(
        {"construct": ["A", "B"], "statistic": ["alpha", "alpha"], "estimate": [0.8, 0.6]}
    )
    told = narrative.reliability(frame, labels={}, language="en")
    assert "1 construct (B: Cronbach's α)" in _english(told)
    assert "are reliable" not in _english(told)


def test_the_strongest_driver_is_the_largest_in_size() -> None:
    paths = pd.concat(
        [
            _row(0.3, 0.2, 0.4, source="A", target="Satisfaction"),
            _row(-0.5, -0.6, -0.4, source="B", target="Satisfaction"),
            _row(0.05, -0.05, 0.1, source="C", target="Satisfaction"),
        ]
    )
    told = _english(narrative.drivers(paths, labels={}, language="en"))
    assert "driver of Satisfaction is B, with a path coefficient of −0.500" in told
    assert "The interval contains zero for 1 path (C)." in told


def test_fornell_larcker_compares_with_the_smaller_root() -> None:
    frame = pd.DataFrame(
        {"construct": ["A", "B", "B"], "construct_2": ["A", "B", "A"], "estimate": [0.9, 0.7, 0.75]}
    )
    told = _english(narrative.fornell_larcker(frame, labels={}, language="en"))
    assert "1 pair (B and A: 0.75)" in told


def test_ranks_that_are_settled_are_named() -> None:
    frame = pd.DataFrame(
        {"city": list("abc"), "rank": [1, 2, 3], "rank_lower": [1, 2, 2], "rank_upper": [1, 3, 3]}
    )
    told = _english(narrative.rank_uncertainty(frame, labels={}, language="en"))
    assert "a (rank 1, interval 1)" in told
    assert "Of 3 cities, the interval leaves a single rank to 1 city (a)" in told


@pytest.mark.parametrize(
    ("upper", "words"),
    [([1, 2], "to each of 2 cities"), ([2, 2], "to 1 city (b)"), ([2, 3], "none of 2")],
)
def test_ranks_all_some_or_none(upper: list[int], words: str) -> None:
    frame = pd.DataFrame(
        {"city": ["a", "b"], "rank": [1, 2], "rank_lower": [1, 2], "rank_upper": upper}
    )
    assert words in _english(narrative.rank_uncertainty(frame, labels={}, language="en"))


def test_a_construct_without_paths_is_refused(results: SimpleNamespace) -> None:
    with pytest.raises(DataError, match="drivers: the frame has no row"):
        narrative.drivers(results.paths, labels={}, language="en", target="Image")


@pytest.mark.parametrize(
    ("changed", "chapter", "count"),
    [
        ({}, "index", 4),
        ({"theirs": None}, "index", 3),
        ({"theirs": None, "n_units": 0}, "index", 2),
        ({}, "trend", 2),
        ({"years": (2024,)}, "trend", 0),
    ],
)
def test_methods_without_input_are_left_out(
    results: SimpleNamespace, changed: dict[str, object], chapter: str, count: int
) -> None:
    facts = _facts(results, **changed)
    found = narrative.chapter_methods(chapter, facts, labels=results.labels, language="en")
    assert len(found) == count


def test_the_methods_chapter_begins_with_its_title(results: SimpleNamespace) -> None:
    elements = narrative.methods(_facts(results), labels=results.labels, language="zh")
    assert elements[0] == Heading(text="模型与方法", level=1)
    levels = [e.level for e in elements if isinstance(e, Heading)]
    assert levels[0] == 1 and set(levels[1:]) == {2}


@pytest.mark.parametrize("reason", REASONS)
def test_absent_sections_give_their_reason(reason: str) -> None:
    assert narrative.absent(reason, language="en").reason.startswith("This section is empty: ")
    assert narrative.absent(reason, language="zh").reason.startswith("本节无内容：")


def test_keywords_match_in_number() -> None:
    assert len(narrative.keywords("zh")) == len(narrative.keywords("en")) == 5
