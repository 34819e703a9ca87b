"""Typst: what it measures and what it typesets.

The only file that calls it. Fonts come from the package alone, so the same
data give the same bytes on every machine.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csat_models.errors import DataError
from csat_models.report.elements import Language
from csat_models.report.typefaces import FONT_FOLDER

if TYPE_CHECKING:
    import typst

TEMPLATE_FOLDER = Path(__file__).parent / "template"


def typeset(data: Mapping[str, Any], date: datetime.date) -> bytes:
    """Return the document of the template as PDF.

    Parameters
    ----------
    data : mapping
        What the template prints.
    date : date
        The PDF's creation date.

    Raises
    ------
    DataError
        If a picture cannot be read.
    """
    import typst

    midnight = datetime.datetime.combine(date, datetime.time(), tzinfo=datetime.UTC)
    try:
        pdf = typst.compile(
            TEMPLATE_FOLDER / "document.typ", timestamp=midnight, **_options(data, "document")
        )
    except typst.TypstError as error:
        raise _refused(error) from error
    return bytes(pdf)


def block_sizes(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the heights of the blocks of a document before it is typeset.

    Parameters
    ----------
    data : mapping
        As for :func:`typeset`.

    Returns
    -------
    dict
        In points: ``page``, the height of a page's text, and ``blocks`` and
        ``appendices``, one dict a block.

    Raises
    ------
    DataError
        If a picture cannot be read.
    """
    sizes: dict[str, Any] = _query("document.typ", data, "sizes")
    return sizes


def text_widths(texts: Sequence[tuple[str, bool]], language: Language) -> list[float]:
    """Return the widths of texts set on one line in a table.

    Parameters
    ----------
    texts : sequence of (str, bool)
        Each text and whether it is bold.
    language : {"zh", "en"}
        Language of the document, which decides the fonts.

    Returns
    -------
    list of float
        In em, one a text.

    Examples
    --------
    >>> text_widths([("满意", False), ("", True)], "zh")
    [2.0, 0.0]
    """
    widths: list[float] = _query("widths.typ", {"language": language, "texts": texts}, "widths")
    return widths


def _query(file: str, data: Mapping[str, Any], task: str) -> Any:
    import typst

    try:
        found = typst.query(
            TEMPLATE_FOLDER / file, "<result>", field="value", one=True, **_options(data, task)
        )
    except RuntimeError as error:
        raise _refused(error) from error
    return json.loads(found)


def _options(data: Mapping[str, Any], task: str) -> dict[str, Any]:
    return {
        "root": TEMPLATE_FOLDER,
        "font_paths": _fonts(),
        "ignore_system_fonts": True,
        "sys_inputs": {"data": json.dumps(data, ensure_ascii=False), "task": task},
    }


def _refused(error: Exception) -> DataError:
    reason = getattr(error, "message", str(error))
    return DataError(
        f"the document cannot be typeset: {reason}; check the figures' SVG.", reason=reason
    )


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[FONT_FOLDER])
