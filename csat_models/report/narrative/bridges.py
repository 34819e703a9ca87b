"""What was done to compare waves of different questionnaires."""

from __future__ import annotations

import pandas as pd

from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, run, tell


def bridges(frame: pd.DataFrame, *, labels: LabelSets, language: Language) -> list[Paragraph]:
    """Return one paragraph a wave that had another questionnaire.

    Parameters
    ----------
    frame : DataFrame
        ``year``, ``version``, ``renamed`` and ``equated`` (items, as lists),
        ``note_zh`` and ``note_en``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    """
    if frame.empty:
        return []
    require(frame, ["year", "version", "renamed", "equated"], "bridges")
    return [_paragraph(row, labels, language) for row in rows_of(frame)]


def _paragraph(row: Row, labels: LabelSets, language: Language) -> Paragraph:
    def write(words: Wording) -> str:
        parts = [words.say("finding.bridged", year=row["year"], version=row["version"])]
        for kind in ("renamed", "equated"):
            if row[kind]:
                items = listed(words, "item", [str(item) for item in row[kind]])
                parts.append(words.say(f"finding.bridged_{kind}", items=items))
        return run(words, *parts, str(row.get(f"note_{words.language}", "")))

    return tell(write, labels, language, "text")
