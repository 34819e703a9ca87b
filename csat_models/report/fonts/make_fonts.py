"""Make the vendored fonts from Debian's fonts-noto-cjk (development only).

Needs fontTools and the Debian packages ``fonts-noto-cjk`` and ``unicode-data``:

    python csat_models/report/fonts/make_fonts.py

Each ``Noto{Serif,Sans}SC-{Regular,Bold}.otf`` is the simplified-Chinese face of
a Noto CJK collection, cut down to the characters of :func:`wanted_characters`,
without hinting and vertical layout, with digits of one width (tables line up)
and with the family name of its file. ``characters.txt`` lists what all four
faces can show. ``fallback.txt``
lists what Libertinus Serif, which lies inside the typst wheel, adds to them in a
document. Twice the same packages give twice the same bytes.
"""

from __future__ import annotations

import bz2
import re
import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import typst
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, TTLibError

HERE = Path(__file__).parent
COLLECTIONS = Path("/usr/share/fonts/opentype/noto")
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
FALLBACK = ("Libertinus Serif Regular", "Libertinus Serif Bold")
LARGEST = 1_000_000  # bytes of a font inside the wheel, at most
SIMPLIFIED_CHINESE = 2
ENGLISH = 0x409  # language of name records
WRITTEN = 3_600_000_000  # seconds since 1904, written as both dates of every font

BLOCKS = (
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x017F),  # Latin-1 Supplement, Latin Extended-A
    (0x01CD, 0x01DC),  # pinyin
    (0x01F8, 0x01F9),
    (0x0250, 0x036F),  # phonetic letters, modifiers, combining marks
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x1E00, 0x1EFF),  # Latin Extended Additional
    (0x2000, 0x23FF),  # punctuation, superscripts, letterlike, arrows, operators
    (0x2460, 0x24FF),  # enclosed alphanumerics
    (0x2500, 0x26FF),  # lines, shapes, symbols
    (0x2713, 0x2718),  # ticks and crosses
    (0x2776, 0x2793),  # numbers in circles
    (0x3000, 0x30FF),  # CJK punctuation, kana
    (0x3220, 0x32FF),  # enclosed CJK
    (0x3380, 0x33DF),  # units
    (0xFB00, 0xFB06),  # Latin ligatures
    (0xFE30, 0xFE4F),  # CJK compatibility forms
    (0xFF00, 0xFFEF),  # full-width and half-width forms
)


def general_standard_hanzi() -> Iterator[int]:
    """Yield the 8,105 characters of 通用规范汉字表 (2013), Unihan field kTGH."""
    with bz2.open(UNIHAN, "rt", encoding="utf-8") as lines:
        for line in lines:
            if match := re.match(r"U\+([0-9A-F]+)\tkTGH\t", line):
                yield int(match[1], 16)


def gb2312() -> Iterator[int]:
    """Yield every character of GB 2312-80."""
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            yield from map(ord, bytes((row, cell)).decode("gb2312", errors="ignore"))


def wanted_characters() -> set[int]:
    """Return the code points to keep, as far as the sources have them."""
    blocks = {code for first, last in BLOCKS for code in range(first, last + 1)}
    return blocks | set(general_standard_hanzi()) | set(gb2312())


def subset(font: TTFont, characters: set[int]) -> None:
    """Cut a font down to the characters and to horizontal layout."""
    options = Options()
    options.layout_features = ["ccmp", "kern", "liga", "locl", "mark", "halt", "palt", "calt"]
    options.layout_scripts = ["DFLT", "cyrl", "grek", "hani", "latn"]
    options.hinting = False
    options.desubroutinize = False
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx", "DSIG"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 11, 13, 14]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def equalise_digits(font: TTFont) -> None:
    """Give the ten digits one width, that of the zero, each centred in it."""
    cmap, metrics = font.getBestCmap(), font["hmtx"].metrics
    width = metrics[cmap[ord("0")]][0]
    strings = font["CFF "].cff[0].CharStrings
    for name in (cmap[ord(digit)] for digit in "0123456789"):
        shift, old = round((width - metrics[name][0]) / 2), strings[name]
        private = old.private
        pen = T2CharStringPen(width - private.nominalWidthX, font.getGlyphSet())
        font.getGlyphSet()[name].draw(TransformPen(pen, (1, 0, 0, 1, shift, 0)))
        strings[name] = pen.getCharString(private, old.globalSubrs)
        metrics[name] = (width, metrics[name][1] + shift)


def rename(font: TTFont, family: str, style: str) -> None:
    """Name the font after its file, so that it cannot be taken for a system font."""
    full = f"{family} {style}"
    postscript = f"{family.replace(' ', '')}-{style}"
    names = {1: family, 2: style, 3: f"csat_models;{postscript}", 4: full, 6: postscript}
    table = font["name"]
    table.names = [record for record in table.names if record.langID == ENGLISH]
    for record in [r for r in table.names if r.nameID in names]:
        table.setName(names[record.nameID], record.nameID, 3, 1, ENGLISH)
    top = font["CFF "].cff
    top.fontNames[0] = postscript
    top[0].FullName, top[0].FamilyName = full, family
    font["head"].created = font["head"].modified = WRITTEN


def typst_characters() -> set[int]:
    """Return what Libertinus Serif, regular and bold, inside the typst wheel shows."""
    data = next(Path(typst.__file__).parent.glob("_typst*")).read_bytes()
    found: dict[str, set[int]] = {}
    offset = data.find(b"OTTO")
    while offset >= 0 and len(found) < len(FALLBACK):
        try:
            font = TTFont(BytesIO(data[offset : offset + LARGEST]), lazy=True)
            if (name := font["name"].getDebugName(4)) in FALLBACK:
                found[name] = set(font.getBestCmap())
        except (TTLibError, KeyError, AssertionError, struct.error):
            pass  # four letters that are no font
        offset = data.find(b"OTTO", offset + 1)
    return set.intersection(*found.values())


def make(design: str, style: str, characters: set[int]) -> set[int]:
    """Write one face and return the characters it can show."""
    source = COLLECTIONS / f"Noto{design}CJK-{style}.ttc"
    font = TTFont(source, fontNumber=SIMPLIFIED_CHINESE, recalcTimestamp=False)
    subset(font, characters)
    equalise_digits(font)
    rename(font, f"Noto {design} SC", style)
    font.save(HERE / f"Noto{design}SC-{style}.otf")
    return set(font.getBestCmap())


def write_characters(name: str, characters: set[int]) -> None:
    """Write the characters in order, without anything between them."""
    text = "".join(map(chr, sorted(characters)))
    (HERE / name).write_bytes(text.encode("utf-8"))


def main() -> None:
    """Write the four faces and the list of what all of them can show."""
    wanted = wanted_characters()
    shown = [make(d, s, wanted) for d in ("Serif", "Sans") for s in ("Regular", "Bold")]
    characters = set.intersection(*shown)
    write_characters("characters.txt", characters)
    write_characters("fallback.txt", typst_characters() - characters)


if __name__ == "__main__":
    main()
