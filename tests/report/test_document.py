from __future__ import annotations

import datetime
import hashlib
import json
import logging
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import DataError
from csat_models.report import composition
from csat_models.report.column_widths import BREAK, fit_columns, pieces
from csat_models.report.document import (
    DocumentFront,
    build_document,
    compose_document,
    typeset_document,
)
from csat_models.report.numbering import appendix_letters, chapter_numbers, number_elements
from csat_models.report.typesetter import block_sizes, text_widths

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="500" height="300">'
    b'<rect width="500" height="300" fill="#ccc"/></svg>'
)
HOSTILE = [
    '#eval("1+1") #{panic("no")} $x^2$ *bold* _it_ `raw` <label> @fornell1996 \\ [x] "quoted"',
    "= heading",
    "- item",
    "+ item",
    "/ term: x",
    "// comment /* block */",
    "</text><script>",
    "{ } ; # $ % & ~ ^ | https://example.org/#a",
    "#import \"/etc/passwd\"; #include 'x'",
    "~~~ --- ... $",
]


def front(**changes: Any) -> DocumentFront:
    facts: dict[str, Any] = {
        "title": {"zh": "满意度年度研究", "en": "Annual study of satisfaction"},
        "author": "张三",
        "institution": "某某大学",
        "date": datetime.date(2024, 12, 20),
        "abstract_intro": {"zh": "本报告测评满意度。", "en": "This report measures satisfaction."},
        "keywords": {"zh": ["满意度", "结构方程"], "en": ["satisfaction", "SEM"]},
        "subtitle": {},
    }
    return DocumentFront(**(facts | changes))


def heading(text: str, level: int = 1) -> dict[str, Any]:
    return {"kind": "heading", "text": text, "level": level}


def paragraph(zh: str, en: str | None = None, role: str = "text") -> dict[str, Any]:
    return {"kind": "paragraph", "texts": {"zh": zh, "en": en or zh}, "role": role}


def table(name: str, rows: list[list[str]], caption: str = "", note: str = "") -> dict[str, Any]:
    return {
        "kind": "table",
        "name": name,
        "caption": caption or f"Caption of {name}",
        "header": rows[0],
        "rows": rows[1:],
        "align": ["left"] + ["right"] * (len(rows[0]) - 1),
        "note": note,
    }


def figure(name: str, caption: str = "图") -> dict[str, Any]:
    return {"kind": "figure", "name": name, "caption": caption, "note": ""}


SMALL = [["市", "指数"], ["临江", "78.1"]]


def study() -> list[list[dict[str, Any]]]:
    return [
        [heading("引言"), heading("背景", 2), paragraph("见[@fornell1996]。")],
        [
            heading("指数"),
            paragraph(
                "见[@table:index]和[@figure:index]。", "See [@table:index], [@figure:index]."
            ),
            table("index", SMALL),
            figure("index"),
            table("lead", SMALL),
            paragraph(
                "指数上升（见[@table:lead]）[@hair2022]。",
                "It rose (see [@table:lead]).",
                "finding",
            ),
            {"kind": "absent", "reason": "没有数据。"},
        ],
    ]


def text_of(pdf: bytes, tmp_path: Path, *options: str) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler) is not installed")
    path = tmp_path / "document.pdf"
    path.write_bytes(pdf)
    command = ["pdftotext", *options, str(path), "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\u00ad]", "", text)


# Twice the same


def test_two_processes_give_the_same_bytes() -> None:
    code = (
        "import hashlib\n"
        "from tests.report.test_document import *\n"
        "pdf = build_document(study(), {'index': SVG}, front(), 'zh')\n"
        "print(hashlib.sha256(pdf).hexdigest())"
    )
    hashes = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            text=True,
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": seed, "PYTHONPATH": "."},
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    here = hashlib.sha256(build_document(study(), {"index": SVG}, front(), "zh")).hexdigest()
    assert hashes == [here, here]


def test_another_date_gives_other_bytes() -> None:
    later = front(date=datetime.date(2025, 1, 20))
    first = build_document(study(), {"index": SVG}, front(), "zh")
    assert first != build_document(study(), {"index": SVG}, later, "zh")


# Text stays text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_text_is_printed_as_it_is(language: Any, tmp_path: Path) -> None:
    everything = "　".join(HOSTILE)
    chapter = [
        heading("Chapter " + HOSTILE[0]),
        *(paragraph(text) for text in HOSTILE),
        *(
            table(f"t{i} {text}", [["a", "b"], [text, text]], text, text)
            for i, text in enumerate(HOSTILE)
        ),
        figure(HOSTILE[0], HOSTILE[0]),
        heading(HOSTILE[1], 2),
        {"kind": "absent", "reason": everything},
    ]
    hostile_front = front(
        title={"zh": HOSTILE[0], "en": HOSTILE[0]},
        author=HOSTILE[0],
        institution=HOSTILE[5],
        abstract_intro={"zh": everything, "en": everything},
        keywords={"zh": HOSTILE, "en": HOSTILE},
        subtitle={"zh": HOSTILE[2]},
    )
    document = typeset_document([chapter], {HOSTILE[0]: SVG}, hostile_front, language)
    shown = squeezed(text_of(document.pdf, tmp_path, "-layout"))
    for text in HOSTILE:
        plain = squeezed(text).replace('"', "").replace("'", "")
        assert plain in re.sub("[\"'“”‘’]", "", shown)  # English quotes are set curly


# ten short compilations of the template, each of other text
@settings(max_examples=10, deadline=None)
@given(text=st.text(max_size=40), cell=st.text(max_size=40))
def test_any_text_can_be_typeset(text: str, cell: str) -> None:
    chapter = [heading(text), paragraph(text), table("t", [[cell, text], [text, cell]], text, cell)]
    pdf = build_document([chapter], {}, front(title={"zh": text}, author=cell), "zh")
    assert pdf.startswith(b"%PDF-")


# References


def test_references_become_numbers_in_both_languages(tmp_path: Path) -> None:
    chapters = study()
    chinese = squeezed(text_of(build_document(chapters, {"index": SVG}, front(), "zh"), tmp_path))
    english = squeezed(text_of(build_document(chapters, {"index": SVG}, front(), "en"), tmp_path))
    assert "见表2-1和图2-1。" in chinese
    assert "SeeTable2-1,Figure2-1." in english


def test_only_cited_works_are_listed_and_latin_authors_have_et_al(tmp_path: Path) -> None:
    chapter = [heading("引言"), paragraph("见[@fornell1996]与[@gbt19038]。")]
    shown = squeezed(text_of(build_document([chapter], {}, front(), "zh"), tmp_path))
    assert "FORNELLC,JOHNSONMD,ANDERSONEW,etal.TheAmericanCustomerSatisfactionIndex" in shown
    assert "GB/T19038-2009[S]" in shown
    assert "CRONBACH" not in shown
    assert "等." not in shown


def test_without_citations_there_is_no_bibliography(tmp_path: Path) -> None:
    pdf = build_document([[heading("引言")]], {}, front(), "zh")
    assert "参考文献" not in text_of(pdf, tmp_path)


@pytest.mark.parametrize("key", sorted(composition.bibliography_keys()))
def test_every_work_can_be_cited_in_both_languages(key: str) -> None:
    for language in ("zh", "en"):
        _, log = compose_document(
            [[heading("a"), paragraph(f"[@{key}]")]],
            {},
            front(),
            language,  # type: ignore[arg-type]
        )
        assert log == []


def test_all_works_together_can_be_typeset(tmp_path: Path) -> None:
    keys = sorted(composition.bibliography_keys())
    chapter = [heading("引言"), paragraph("".join(f"[@{key}]" for key in keys))]
    for language, last in (("zh", f"[{len(keys)}]"), ("en", "Wold")):
        pdf = build_document([chapter], {}, front(), language)  # type: ignore[arg-type]
        assert last in text_of(pdf, tmp_path)


def test_works_of_one_author_and_year_are_lettered_in_the_order_of_the_list(tmp_path: Path) -> None:
    keys = ("dijkstra2015", "dijkstra2015b", "fornell1981", "fornell1996")
    chapter = [heading("a"), paragraph(" ".join(f"x [@{key}] y" for key in keys))]
    pages = text_of(build_document([chapter], {}, front(), "en"), tmp_path)
    text, _, listed = squeezed(pages).rpartition("References")
    assert text.index("2015b") < text.index("2015a")
    order = ["(2015a).Consistentand", "(2015b).Consistentpartial", "(1996)", "(1981)"]
    assert sorted(order, key=listed.index) == order


def test_a_reference_joins_the_parentheses_before_it() -> None:
    known = composition.References(numbers={"table:t": "1-1"}, keys=frozenset({"hair2022"}))
    for language, text, shown in (
        ("en", "It is 5 (4 to 6) ([@table:t]).", "It is 5 (4 to 6; Table 1-1)."),
        ("zh", "为5（4至6）（见[@table:t]）。", "为5（4至6；见表1-1）。"),
    ):
        runs = known.runs(text, language)  # type: ignore[arg-type]
        assert "".join(run["text"] for run in runs) == shown
    assert known.runs("(a) [@hair2022]", "en")[0] == {"text": "(a) "}


def test_rows_that_stand_out_among_indented_ones_are_known() -> None:
    rows = [["All"], ["A"], ["\u00a0a1"], ["\u00a0a2"], ["B"], ["\u00a0b1"]]
    data, _ = compose_document(
        [[heading("a"), {**table("t", SMALL), "header": ["x"], "rows": rows, "align": ["left"]}]],
        {},
        front(),
        "en",
    )
    assert data["blocks"][1]["heads"] == [0, 1, 4]


def test_a_reference_to_something_absent_is_plain_text_and_logged(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    chapter = [heading("一"), paragraph("见[@table:gone]与[@nobody1999]。", role="finding")]
    with caplog.at_level(logging.WARNING):
        pdf = build_document([chapter], {}, front(), "zh")
    assert "[tablegone]" in squeezed(text_of(pdf, tmp_path))
    assert [("gone" in m, "nobody1999" in m) for m in caplog.messages] == [
        (True, False),
        (False, True),
    ]


def test_a_name_used_twice_is_logged_and_leads_to_the_first() -> None:
    chapter = [heading("一"), table("t", SMALL), table("t", SMALL), paragraph("[@table:t]")]
    data, log = compose_document([chapter], {}, front(), "zh")
    assert data["blocks"][3]["runs"] == [{"text": "表1-1", "to": "table:t"}]
    assert len(log) == 1
    assert typeset_document([chapter], {}, front(), "zh").log == tuple(log)


def test_citations_in_the_abstract_need_no_bibliography() -> None:
    intro = front(abstract_intro={"zh": "据[@fornell1996]。"})
    assert build_document([[heading("一")]], {}, intro, "zh").startswith(b"%PDF-")


# Structure


def test_numbers_by_chapter() -> None:
    elements = [
        heading("a"),
        table("t", SMALL),
        heading("b", 3),
        heading("c", 2),
        heading("d", 3),
        figure("f"),
        table("u", SMALL),
        heading("e"),
        table("v", SMALL),
        paragraph("p"),
    ]
    numbers = [one.number for one in number_elements(elements, chapter_numbers())]
    assert numbers == ["1", "1-1", "1.1", "1.2", "1.2.1", "1-1", "1-2", "2", "2-1", "2"]


def test_appendices_are_lettered_past_z() -> None:
    letters = appendix_letters()
    names = [next(letters) for _ in range(28)]
    assert (names[0], names[25], names[26], names[27]) == ("A", "Z", "AA", "AB")


def test_chinese_document_has_all_parts_in_order(tmp_path: Path) -> None:
    appendix = [heading("问卷"), table("form", SMALL)]
    pdf = build_document(study(), {"index": SVG}, front(), "zh", appendices=[appendix])
    shown = squeezed(text_of(pdf, tmp_path, "-layout"))
    parts = [
        "满意度年度研究",
        "2024年12月",
        "本报告测评满意度。",
        "Thisreportmeasuressatisfaction.",
        "目录",
        "表目录",
        "图目录",
        "第1章引言1.1背景",
        "第2章指数",
        "没有数据。",
        "第3章结论",
        "参考文献[1]",
        "附录A问卷",
        "表A-1Captionofform",
    ]
    places = [shown.rfind(part) for part in parts]
    assert min(places) >= 0
    body = places[7:]
    assert body == sorted(body)
    first = [shown.find(part) for part in parts[:7]]
    assert first == sorted(first)


def test_findings_are_repeated_in_abstract_and_conclusion(tmp_path: Path) -> None:
    shown = squeezed(text_of(build_document(study(), {"index": SVG}, front(), "zh"), tmp_path))
    assert shown.count("指数上升。") == 2
    assert shown.count("指数上升（见表2-2）") == 1
    assert shown.count("Itrose.") == 1
    bare = build_document(study(), {"index": SVG}, front(), "zh", conclusion=False)
    assert squeezed(text_of(bare, tmp_path)).count("指数上升。") == 1


def test_front_pages_are_roman_and_the_body_begins_at_one(tmp_path: Path) -> None:
    pdf = build_document(study(), {"index": SVG}, front(), "zh")
    pages = text_of(pdf, tmp_path, "-layout").split("\f")
    lasts = [page.split()[-1] for page in pages if page.split()]
    assert lasts[1:8] == ["i", "ii", "iii", "iv", "v", "1", "2"]


def test_running_header_is_the_chapter(tmp_path: Path) -> None:
    filler = [paragraph("满意度。" * 200) for _ in range(8)]
    pdf = build_document([[heading("甲"), *filler], [heading("乙")]], {}, front(), "zh")
    pages = [squeezed(page) for page in text_of(pdf, tmp_path).split("\f")]
    assert sum(page.startswith("第1章甲") for page in pages) >= 2
    assert sum(page.startswith("第2章乙") for page in pages) == 1


@pytest.mark.parametrize(("language", "word"), [("zh", "续表1-1"), ("en", "Table1-1(continued)")])
def test_long_tables_break_with_a_repeated_header(language: Any, word: str, tmp_path: Path) -> None:
    rows = [["题项", "均值"], *([f"R{i}", f"{i}.25"] for i in range(120))]
    pdf = build_document([[heading("一"), table("long", rows)]], {}, front(), language)
    pages = [squeezed(page) for page in text_of(pdf, tmp_path).split("\f")]
    holding = [page for page in pages if re.search(r"R\d+", page)]
    assert len(holding) >= 3
    assert [word in page for page in holding] == [False] + [True] * (len(holding) - 1)
    assert all("题项" in page for page in holding)
    assert all(f"R{i}" in "".join(holding) for i in range(120))


# Pages


@pytest.mark.parametrize("filler", range(0, 30, 3))
def test_a_note_stays_with_rows_and_a_heading_with_text(filler: int, tmp_path: Path) -> None:
    rows = [["题项", "均值"], *([f"R{i}", f"{i}.25"] for i in range(25))]
    chapter = [
        heading("一"),
        *(paragraph("满意。" * 15) for _ in range(filler)),
        heading("HEADING", 2),
        paragraph("满意度高。" * 30),
        table("t", rows, note="NOTE"),
        *(paragraph("指数。" * 20) for _ in range(3)),
    ]
    pages = text_of(build_document([chapter], {}, front(), "zh"), tmp_path, "-layout").split("\f")
    (noted,) = [page for page in pages if "NOTE" in page]
    assert len(re.findall(r"R\d+", noted)) >= 3
    (headed,) = [page for page in pages if re.search(r"1\.1\s+HEADING", page) and "..." not in page]
    after = headed.split("HEADING")[-1].strip().splitlines()
    assert sum("满意度" in line or "意" in line for line in after) >= 2


def test_text_flows_up_to_fill_the_page_before_a_figure(tmp_path: Path) -> None:
    chapter = [
        heading("一"),
        *(paragraph("满意。" * 40) for _ in range(5)),
        figure("f", "CAPTION"),
        *(paragraph("指数。" * 40) for _ in range(4)),
    ]
    tall = SVG.replace(b'"300"', b'"480"')
    pdf = build_document([chapter], {"f": tall}, front(), "zh")
    pages = text_of(pdf, tmp_path, "-layout").split("\f")
    first = next(place for place, page in enumerate(pages) if "满意。满意。" in page)
    assert "指数" in pages[first]
    assert "CAPTION" not in pages[first]
    assert "CAPTION" in pages[first + 1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sizes_of_a_table_add_up(language: Any) -> None:
    rows = [[f"{i} 满意", "text of a cell " * (i % 7)] for i in range(15)]
    chapter = [heading("a"), table("t", rows, "Caption", "Note"), table("u", rows)]
    data, _ = compose_document([chapter], {}, front(), language)
    for size in block_sizes(data)["blocks"][1:]:
        total = size["head"] + sum(size["rows"]) + size["note"]
        assert total == pytest.approx(size["height"], abs=0.01)  # lengths in 1/1000 pt


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_interval_is_not_broken_between_lines(language: Any, tmp_path: Path) -> None:
    text = "从 word " + " 满意 of [−81.3, 82.8] 5–11" * 40
    pdf = build_document([[heading("a"), paragraph(text)]], {}, front(), language)
    shown = text_of(pdf, tmp_path, "-layout")
    assert shown.count("[−81.3, 82.8]") == shown.count("5–11") == 40


def test_an_abstract_a_little_too_long_is_fitted_to_its_page(tmp_path: Path) -> None:
    intro = front(abstract_intro={"zh": "满意度指数上升。" * 122})
    pages = text_of(build_document([[heading("a")]], {}, intro, "zh"), tmp_path).split("\f")
    assert sum("满意度指数上升" in squeezed(page) for page in pages) == 1


# Inside the margins


def long_words(columns: int) -> list[list[str]]:
    cell = "respondent_identifier_without_any_break"
    return [[cell] * columns, *([f"{cell}{i}", *["−12.345"] * (columns - 1)] for i in range(3))]


@pytest.mark.parametrize(
    "rows",
    [
        long_words(2),
        long_words(12),
        [[f"C{i}" for i in range(25)], ["−0.123"] * 25],
        [["WWWWWWWW"] * 60, ["88.88"] * 60],
        [["题项", "内容"], ["A", "请问您对该公司的总体评价如何？" * 12]],
    ],
    ids=["words", "many words", "25 numbers", "60 columns", "long text"],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_leaves_the_margins(language: Any, rows: Any, tmp_path: Path) -> None:
    long = "supercalifragilistic" * 12
    chapter = [heading(long), paragraph(long), table("t", rows, long, long), figure("f", long)]
    huge = SVG.replace(b'"500"', b'"5000"')
    pdf = build_document([chapter], {"f": huge}, front(title={"zh": long, "en": long}), language)
    boxes = re.findall(
        r'<word xMin="([\d.-]+)" .*?xMax="([\d.-]+)"', text_of(pdf, tmp_path, "-bbox")
    )
    margin = 28.1 * 72 / 25.4
    # half a point: side bearings of glyphs that stand flush with the margin
    assert min(float(left) for left, _ in boxes) >= margin - 0.5
    assert max(float(right) for _, right in boxes) <= 595.28 - margin + 0.5


INTERVALS = [
    ["Construct", "Cronbach's α", "ρA", "ρC", "AVE", "Verdict"],
    *(
        [name, *["0.740 [0.677,\u00a00.801]"] * 4, verdict]
        for name, verdict in (
            ("Image", "met"),
            ("Customer expectations", "below: Cronbach's α, ρA and AVE"),
        )
    ),
]


def overlapping_words(pdf: bytes, tmp_path: Path) -> list[tuple[str, str]]:
    pattern = r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>'
    pairs = []
    for page in text_of(pdf, tmp_path, "-bbox").split("<page ")[1:]:
        found = re.findall(pattern, page)
        words = [(*map(float, box), word) for *box, word in found]
        for place, (left, top, right, bottom, word) in enumerate(words):
            pairs += [
                (word, other)
                for x, y, x_2, y_2, other in words[place + 1 :]
                # less than half a point is the side bearing of a glyph
                if min(right, x_2) - max(left, x) > 0.5
                and min(bottom, y_2) - max(top, y) > 0.5 * (bottom - top)
            ]
    return pairs


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("repeat", [1, 2, 4], ids=["6 columns", "12 columns", "24 columns"])
def test_no_cell_runs_into_its_neighbour(language: Any, repeat: int, tmp_path: Path) -> None:
    rows = [row * repeat for row in INTERVALS]
    pdf = build_document([[heading("a"), table("t", rows)]], {}, front(), language)
    assert overlapping_words(pdf, tmp_path) == []


@settings(max_examples=40, deadline=None)
@given(
    cells=st.integers(1, 30).flatmap(
        lambda n: st.lists(
            st.lists(st.text("aW1满， ._[(])%\u00a0−", max_size=30), min_size=n, max_size=n),
            min_size=2,
            max_size=4,
        )
    ),
    language=st.sampled_from(["zh", "en"]),
)
def test_every_piece_of_a_cell_fits_its_column(cells: list[list[str]], language: Any) -> None:
    layout = fit_columns(cells, 436, (10, 8, 6), partial(text_widths, language=language))
    for place, row in enumerate(layout.rows):
        for cell, width in zip(row, layout.widths, strict=True):
            parts = [part for piece in pieces(cell) for part in piece.split(BREAK)]
            widest = max(text_widths([(part, place == 0) for part in parts], language), default=0)
            assert widest * layout.size <= width - layout.gutter + 1e-6  # rounding of a product


def test_an_interval_goes_below_its_estimate_before_a_word_is_broken() -> None:
    measure = partial(text_widths, language="en")
    layout = fit_columns([["a"] * 9, ["0.740 [0.677,\u00a00.801]"] * 9], 436, (10, 8), measure)
    assert layout.size == 8
    assert BREAK not in "".join(layout.rows[1])


@given(
    cells=st.integers(1, 40).flatmap(
        lambda n: st.lists(
            st.lists(st.text("aW1满 _.", max_size=30), min_size=n, max_size=n),
            min_size=1,
            max_size=4,
        )
    )
)
def test_columns_fit_and_keep_their_text(cells: list[list[str]]) -> None:
    layout = fit_columns(cells, 436, (10, 8, 6, 5))
    assert sum(layout.widths) <= 436 + 1e-6  # rounding of a sum of 40 floats
    assert [[cell.replace(BREAK, "") for cell in row] for row in layout.rows] == cells


def test_a_table_that_fits_keeps_the_largest_size() -> None:
    assert fit_columns(SMALL, 436, (10, 8)).size == 10
    assert fit_columns([["88.88"] * 14] * 2, 436, (10, 9, 8, 7, 6)).size in (8, 9)


# Bad input


@pytest.mark.parametrize(
    ("chapter", "words"),
    [
        ([{"kind": "video"}], "of kind 'video'"),
        ([paragraph("a")], "begin with a heading"),
        ([heading("a"), table("t", [["a", "b"], ["1"]])], "'t' has 1 cells in row 1"),
        ([heading("a"), figure("f")], "'f' has no picture"),
    ],
)
def test_bad_chapters_are_refused_in_one_sentence(chapter: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        build_document([chapter], {}, front(), "zh")


def test_a_picture_that_is_no_svg_is_refused() -> None:
    with pytest.raises(DataError, match="SVG"):
        build_document([[heading("a"), figure("f")]], {"f": b"\x00 no svg"}, front(), "zh")


def test_characters_without_glyph_are_logged() -> None:
    document = typeset_document([[heading("满意\U0001f600")]], {}, front(), "zh")
    assert len(document.log) == 1
    assert "U+1F600" in document.log[0]


def test_a_paragraph_in_one_language_is_shown_in_any() -> None:
    only = {"kind": "paragraph", "texts": {"en": "Only English."}, "role": "text"}
    data, _ = compose_document([[heading("a"), only]], {}, front(), "zh")
    assert data["blocks"][1]["runs"] == [{"text": "Only English."}]


def test_an_empty_document_is_a_document() -> None:
    empty = front(title={}, author="", institution="", abstract_intro={}, keywords={})
    for language in ("zh", "en"):
        pdf = build_document([], {}, empty, language)  # type: ignore[arg-type]
        assert pdf.startswith(b"%PDF-")


def test_labels_have_the_same_keys_in_both_languages() -> None:
    text = (composition.TEMPLATE_FOLDER / "labels.json").read_text(encoding="utf-8")
    words = json.loads(text)
    assert words["zh"].keys() == words["en"].keys()


def test_the_abstract_has_the_headlines_and_the_conclusion_all_findings() -> None:
    chapter = [paragraph("甲", role="headline"), paragraph("乙", role="finding"), paragraph("丙")]
    assert composition.headlines(chapter, "zh") == ["甲"]
    assert composition.findings(chapter, "zh") == ["甲", "乙"]
    assert composition.headlines(chapter[1:], "zh") == ["乙"]
