"""One cell of text: a number, a wording, or what to do about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import numpy as np

from csat_models.survey.formats.table import BLANKS

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SWAPPED = str.maketrans(".,", ",.")
UNKNOWN = "correct them, or name them under 'answers' or 'missing' in the codebook"
"""What to do about cells that look like nothing in particular."""

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_HINTS = (
    (
        rf"\d{{1,4}}[-/年.]\d{{1,2}}[-/月.]\d{{1,4}}.*|\d{{1,2}}[-/月]\d{{1,2}}日?"
        rf"|\d{{1,2}}-({_MONTHS}).*|({_MONTHS})\w*-\d+|\d+:\d\d.*",
        "a spreadsheet program has made dates of them, so take them from the file before it",
    ),
    (
        r"[+-]?\d{1,3},\d{3}",
        "remove the thousands separators, or write 'decimal: \",\"' into the codebook if they are "
        "decimal commas",
    ),
    (r"[+-]?\d{1,3}([,.]\d{3})+([,.]\d+)?", "remove the thousands separators"),
    (
        r"[+-]?\d*,\d+",
        "write 'decimal: \",\"' into the codebook if all its numbers have decimal commas, else "
        "decimal points into the file",
    ),
    (r".*[%％]", "write the scale as 'percent' in the codebook, or plain numbers in the file"),
    (r"#.*", "they are errors of a spreadsheet's formulas, so correct the formulas"),
    (r"[=@].*", "they are formulas, so save their values instead"),
)
COMMA = re.compile(r"[+-]?\d*,\d+\s*%?", re.ASCII)
"""A number with a comma."""

_POINT = re.compile(r"[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?\s*%?", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}\s*%?", re.ASCII)


def parse_number(
    text: str,
    words: Mapping[str, float] | None = None,
    *,
    percent: bool = False,
    decimal: str = ".",
) -> float | None:
    """Read a cell of text as a number.

    Parameters
    ----------
    text : str
        Full-width digits and blanks around are understood; thousands
        separators, dates and formulas are not.
    words : dict of str to float, optional
        Folded wordings and their numbers.
    percent : bool
        Whether a percent sign may follow.
    decimal : {".", ","}
        The mark before decimals; the other one is not understood.

    Returns
    -------
    float or None
        NaN for a blank, None for what is no number.

    Examples
    --------
    >>> parse_number(" ７ "), parse_number("85%", percent=True), parse_number("7,5")
    (7.0, 85.0, None)
    >>> parse_number("7,5", decimal=","), parse_number("7.5", decimal=","), parse_number("8²")
    (7.5, None, None)
    """
    plain = plain_text(text)
    if plain in BLANKS:
        return np.nan
    if words and (found := words.get(fold(text))) is not None:
        return found
    if _has_footnote(text):
        return None
    if percent:
        plain = plain.removesuffix("%").rstrip()
    if decimal == ",":
        plain = plain.translate(_SWAPPED)
    return float(plain) if _NUMBER.fullmatch(plain) else None


def _has_footnote(text: str) -> bool:
    """Tell whether a raised figure stands beside others, as in ``8²``; alone it is a number."""
    bare = text.strip()
    raised = not bare.isascii() and any(unicodedata.category(sign) == "No" for sign in bare)
    return raised and len(bare) > 1


def is_number(text: str) -> bool:
    """Tell whether a cell is written as a number with ASCII digits and a decimal point.

    Examples
    --------
    >>> is_number("7.50"), is_number("7,5")
    (True, False)
    """
    return _NUMBER.fullmatch(text) is not None


def plain_text(text: str) -> str:
    """Return a cell without blanks around, its full-width marks as plain ones.

    Examples
    --------
    >>> plain_text(" ７，５ ")
    '7,5'
    """
    return unicodedata.normalize("NFKC", text).strip()


def fold(text: str) -> str:
    """Return a wording as it is compared: width, case and blanks do not matter.

    Examples
    --------
    >>> fold(" Don’t  KNOW ")
    "don't know"
    """
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    return " ".join(plain.split())


def has_decimal_commas(texts: Iterable[object], delimiter: str, declared: str | None) -> bool:
    """Tell whether the commas in the numbers of a column stand before decimals.

    Parameters
    ----------
    texts : iterable of str
        The cells of the column.
    delimiter : str
        Of the file; empty where it has none.
    declared : {".", ","} or None
        What the codebook says; it decides.

    Returns
    -------
    bool
        Without a declaration: some number has a comma, none has a point, the
        file's delimiter is another, and not all of the commas could part
        thousands, as that of ``1,250`` could.

    Examples
    --------
    >>> has_decimal_commas(["7,5", "8"], ";", None), has_decimal_commas(["7,5", "8.5"], ";", None)
    (True, False)
    >>> has_decimal_commas(["1,250"], ";", None), has_decimal_commas(["1,250"], ";", ",")
    (False, True)
    """
    if declared is not None or delimiter == ",":
        return declared == ","
    plain = [plain_text(str(text)) for text in texts]
    commas = [text for text in plain if COMMA.fullmatch(text)]
    sure = any(not _GROUPED.fullmatch(text) for text in commas)
    return sure and not any(_POINT.fullmatch(text) for text in plain)


def hint_for(name: str, text: str, decimal: str | None = None) -> str:
    """Tell what to do about a cell that is no number.

    Parameters
    ----------
    name : str
        Its column.
    text : str
        The cell.
    decimal : {".", ","} or None
        The mark before decimals that the codebook declares.

    Examples
    --------
    >>> hint_for("Q1", "#N/A")
    "they are errors of a spreadsheet's formulas, so correct the formulas"
    """
    first = plain_text(text).casefold()
    if first == name.casefold():
        return "the header stands again among the rows, so remove it there"
    if decimal == "," and parse_number(text) is not None:
        return "write decimal commas, as the codebook declares, or take its 'decimal' away"
    for pattern, hint in _HINTS:
        if re.fullmatch(pattern, first):
            return hint
    return UNKNOWN
