"""What a chapter is made of: headings, paragraphs, tables, figures.

An element shows itself in a notebook (HTML, PNG or Markdown) and carries the
same content as JSON under the MIME type :data:`MIME`, from which the document
is typeset. Elements hold finished text and numbers; they compute nothing.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as MatplotlibFigure

MIME = "application/vnd.csat+json"

Language = Literal["zh", "en"]
Align = Literal["left", "right", "center"]
Bundle = dict[str, Any]

_REFERENCE = re.compile(r"\[@(?P<target>[\w:.-]+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The title of a chapter (level 1) or a section (level 2, 3).

    Attributes
    ----------
    text : str
        The title, without its number.
    level : int
        1, 2 or 3.
    """

    text: str
    level: int = 2

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        payload = {"kind": "heading", "text": self.text, "level": self.level}
        return {
            "text/plain": self.text,
            "text/markdown": f"{'#' * (self.level + 1)} {self.text}",
            MIME: payload,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of prose, in every language of the report.

    Attributes
    ----------
    texts : mapping of str to str
        Language to plain text. ``[@table:NAME]`` and ``[@figure:NAME]`` refer
        to a table or figure by its name, ``[@fornell1996]`` cites.
    language : {"zh", "en"}
        The one shown in the notebook.
    role : {"text", "finding", "headline", "method"}
        Findings and headlines are repeated in the conclusion, headlines in the abstract too.
    """

    texts: Mapping[str, str]
    language: Language
    role: Literal["text", "finding", "headline", "method"] = "text"

    @property
    def text(self) -> str:
        """The paragraph in its own language."""
        return self.texts[self.language]

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        shown = _REFERENCE.sub(lambda match: f"[{match['target'].replace(':', ' ')}]", self.text)
        payload = {"kind": "paragraph", "texts": dict(self.texts), "role": self.role}
        return {"text/plain": shown, "text/markdown": _escape_markdown(shown), MIME: payload}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A table: full numbers for files, finished text for people.

    Attributes
    ----------
    name : str
        Identifier: file name and cross-reference, such as ``index_levels``.
    caption : str
        Title in the report's language.
    frame : DataFrame
        The unrounded numbers, columns named by identifiers; it becomes the
        CSV file.
    header, rows : tuple
        The text that is shown, cell by cell.
    align : tuple of {"left", "right", "center"}
        One entry a column.
    note : str
        What stands below the table.
    """

    name: str
    caption: str
    frame: pd.DataFrame
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...]
    note: str = ""

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        payload = {
            "kind": "table",
            "name": self.name,
            "caption": self.caption,
            "header": list(self.header),
            "rows": [list(row) for row in self.rows],
            "align": list(self.align),
            "note": self.note,
        }
        return {"text/plain": self._as_text(), "text/html": self._as_html(), MIME: payload}

    def _as_text(self) -> str:
        lines = ["\t".join(cells) for cells in (self.header, *self.rows)]
        return "\n".join([self.caption, *lines, *([self.note] if self.note else [])])

    def _as_html(self) -> str:
        def line(tag: str, cells: tuple[str, ...]) -> str:
            parts = (
                f'<{tag} style="text-align:{align}">{html.escape(cell)}</{tag}>'
                for cell, align in zip(cells, self.align, strict=True)
            )
            return f"<tr>{''.join(parts)}</tr>"

        body = "".join(line("td", row) for row in self.rows)
        note = f"<p><small>{html.escape(self.note)}</small></p>" if self.note else ""
        return (
            f"<table><caption>{html.escape(self.caption)}</caption>"
            f"<thead>{line('th', self.header)}</thead><tbody>{body}</tbody></table>{note}"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A figure with its title.

    Attributes
    ----------
    name : str
        Identifier: file name and cross-reference.
    caption : str
        Title in the report's language.
    drawing : matplotlib Figure
        The picture; it is not registered with pyplot.
    note : str
        What stands below the figure.
    """

    name: str
    caption: str
    drawing: MatplotlibFigure = field(repr=False)
    note: str = ""

    def svg(self) -> bytes:
        """Return the picture as SVG; the same picture gives the same bytes."""
        return self._render("svg", metadata={"Date": None})

    def png(self, dots_per_inch: int = 144) -> bytes:
        """Return the picture as PNG."""
        return self._render("png", dpi=dots_per_inch, metadata={"Software": None})

    def _render(self, kind: str, **options: Any) -> bytes:
        import matplotlib as mpl

        buffer = io.BytesIO()
        with mpl.rc_context({"svg.hashsalt": self.name, "svg.fonttype": "path"}):
            self.drawing.savefig(buffer, format=kind, **options)
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        payload = {
            "kind": "figure",
            "name": self.name,
            "caption": self.caption,
            "note": self.note,
        }
        return {"text/plain": self.caption, "image/png": self.png(96), MIME: payload}


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """What stands where a section has no input.

    Attributes
    ----------
    reason : str
        One sentence in the report's language.
    """

    reason: str

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        return {
            "text/plain": self.reason,
            "text/markdown": f"*{_escape_markdown(self.reason)}*",
            MIME: {"kind": "absent", "reason": self.reason},
        }


Element = Heading | Paragraph | Table | Figure | Absent


def _escape_markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}<>#|$])", r"\\\1", text)
