from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from csat_models.report import composition, typefaces

FACES = [
    ("serif", "regular", "Noto Serif SC"),
    ("serif", "bold", "Noto Serif SC"),
    ("sans", "regular", "Noto Sans SC"),
    ("sans", "bold", "Noto Sans SC"),
]
NEEDED = (
    "满意度指数结构方程模型 ABC xyz 0123456789 éüñ αβχΣ ±×≤≥−√→←≠≈∞ ²³"
    "，。；：？！“”‘’（）《》、…— ％￥ＡⅠⅡ①"
)


def opened(design: Any, weight: Any) -> Any:
    fonts = pytest.importorskip("fontTools.ttLib")
    return fonts.TTFont(typefaces.font_path(design, weight))


@pytest.mark.parametrize(("design", "weight", "family"), FACES)
def test_faces_have_their_names_and_all_listed_characters(
    design: Any, weight: Any, family: str
) -> None:
    font = opened(design, weight)
    assert font["name"].getDebugName(1) == family
    assert font["name"].getDebugName(2).lower() == weight
    shown = set(map(chr, font.getBestCmap()))
    assert typefaces.characters() <= shown


def test_the_list_is_what_all_faces_share() -> None:
    shown = (set(map(chr, opened(d, w).getBestCmap())) for d, w, _ in FACES)
    assert set.intersection(*shown) == typefaces.characters()


@pytest.mark.parametrize(("design", "weight", "family"), FACES)
def test_digits_are_equally_wide(design: Any, weight: Any, family: str) -> None:
    font = opened(design, weight)
    cmap = font.getBestCmap()
    assert len({font["hmtx"][cmap[ord(digit)]][0] for digit in "0123456789"}) == 1


@pytest.mark.parametrize(("design", "weight", "family"), FACES)
def test_files_stay_small(design: Any, weight: Any, family: str) -> None:
    assert typefaces.font_path(design, weight).stat().st_size < 5.5e6


def test_general_standard_characters_are_all_there() -> None:
    source = typefaces.FONT_FOLDER / "make_fonts.py"
    pytest.importorskip("fontTools")
    spec = importlib.util.spec_from_file_location("make_fonts", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not module.UNIHAN.exists():
        pytest.skip("Debian's unicode-data is not installed")
    wanted = set(map(chr, module.general_standard_hanzi()))
    assert len(wanted) == 8105
    assert wanted <= typefaces.characters()


def test_what_reports_are_written_with_can_be_shown() -> None:
    texts = [path.read_text(encoding="utf-8") for path in composition.TEMPLATE_FOLDER.iterdir()]
    messages = (typefaces.FONT_FOLDER.parent / "messages").glob("*/*.toml")
    texts += [path.read_text(encoding="utf-8") for path in messages]
    assert typefaces.missing_glyphs(NEEDED + "".join(texts)) == set()


def test_missing_glyphs_are_named_and_invisible_characters_are_not() -> None:
    assert typefaces.missing_glyphs("a\u200b\n\u00ad\U0001f600\ue000") == {"\U0001f600", "\ue000"}


def test_licence_lies_beside_the_fonts() -> None:
    licence = Path(typefaces.FONT_FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Adobe" in licence


def test_matplotlib_reads_the_sans_face() -> None:
    manager = pytest.importorskip("matplotlib.font_manager")
    properties = manager.FontProperties(fname=typefaces.font_path("sans"))
    assert properties.get_name() == typefaces.SANS
