"""The fonts that travel with the package, and what they can show.

Four faces in ``fonts/``: Noto Serif SC and Noto Sans SC, regular and bold,
under the SIL Open Font License. ``fonts/make_fonts.py`` made them, and
``fonts/characters.txt`` beside it lists every character all four can show,
``fonts/fallback.txt`` what a document shows besides, in Libertinus Serif, the
font inside typst (accented Latin letters, subscripts ...).
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

FONT_FOLDER = Path(__file__).parent / "fonts"
SERIF = "Noto Serif SC"
SANS = "Noto Sans SC"

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}


def font_path(
    design: Literal["serif", "sans"], weight: Literal["regular", "bold"] = "regular"
) -> Path:
    """Return the file of one vendored face.

    Parameters
    ----------
    design : {"serif", "sans"}
        Serif for running text, sans for headings and figures.
    weight : {"regular", "bold"}
        The weight.

    Returns
    -------
    Path
        An OpenType file.

    Examples
    --------
    >>> font_path("sans", "bold").name
    'NotoSansSC-Bold.otf'
    """
    return FONT_FOLDER / f"Noto{design.capitalize()}SC-{weight.capitalize()}.otf"


@cache
def characters() -> frozenset[str]:
    """Return every character that all four faces can show.

    Examples
    --------
    >>> {"满", "意", "χ", "²", "−"} <= characters()
    True
    """
    return frozenset((FONT_FOLDER / "characters.txt").read_bytes().decode("utf-8"))


@cache
def document_characters() -> frozenset[str]:
    """Return every character that a document can show.

    Examples
    --------
    >>> {"满", "ő", "₁"} <= document_characters()
    True
    """
    fallback = (FONT_FOLDER / "fallback.txt").read_bytes().decode("utf-8")
    return characters() | frozenset(fallback)


def missing_glyphs(text: str, medium: Literal["figure", "document"] = "figure") -> set[str]:
    r"""Return the visible characters of a text that the fonts cannot show.

    Parameters
    ----------
    text : str
        Any text; control, format and white-space characters do not count.
    medium : {"figure", "document"}
        In figures only the vendored faces count, in documents the fallback too.

    Returns
    -------
    set of str
        Single characters; empty when all is well.

    Examples
    --------
    >>> missing_glyphs("满意度 χ² ≥ 5"), missing_glyphs("满意\U0001f600")
    (set(), {'😀'})
    """
    absent = set(text) - (document_characters() if medium == "document" else characters())
    return {char for char in absent if unicodedata.category(char) not in _INVISIBLE}
