"""Showing an element, and writing it to the results of the run that it is shown in."""

from __future__ import annotations

import os
from pathlib import Path

from csat_models.report.elements import Element, Figure, Table
from csat_models.survey.disclosure.privacy import without_formulas
from csat_models.workflow.files import write_atomically

# Of the environment: the folder of a run's results, where a notebook is run.
RESULTS_VARIABLE = "CSAT_RESULTS"


def show(*elements: Element) -> None:
    """Display elements; in a run, also write tables and figures to its results.

    Parameters
    ----------
    *elements : Heading, Paragraph, Table, Figure or Absent
    """
    from IPython.display import display

    folder = os.environ.get(RESULTS_VARIABLE)
    for element in elements:
        if folder:
            _write(Path(folder), element)
        display(element)  # type: ignore[no-untyped-call]


def _write(folder: Path, element: Element) -> None:
    if isinstance(element, Table):
        text = without_formulas(element.frame).to_csv(index=False, lineterminator="\n")
        write_atomically(folder / "tables" / f"{element.name}.csv", text.encode("utf-8-sig"))
    elif isinstance(element, Figure):
        write_atomically(folder / "figures" / f"{element.name}.svg", element.svg())
        write_atomically(folder / "figures" / f"{element.name}.png", element.png())
