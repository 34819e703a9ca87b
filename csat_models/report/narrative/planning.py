"""Findings on next year's sample."""

from __future__ import annotations

from math import isfinite

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import number, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, path, run, tell

ENOUGH = 0.8


def path_power(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "path_power",
    figure: str = "path_power",
) -> Paragraph:
    """Return which paths this year's sample was too small for, and what the weakest takes.

    Parameters
    ----------
    frame : DataFrame
        As for `path_power_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    needed = ["source", "target", "path", "n_obs", "design_effect", "power", "simulated"]
    require(frame, needed, "path_power")
    weak = rows_of(frame[frame["power"] < ENOUGH])
    weakest = rows_of(frame.loc[[frame["path"].abs().idxmin()]])[0]

    size = number(weakest, "simulated")
    known = isfinite(size)

    def write(words: Wording) -> str:
        return run(
            words,
            words.say(
                "finding.path_power" if weak else "finding.path_power_all",
                n_obs=numbers.integer(number(weakest, "n_obs")),
                effect=numbers.decimal(number(weakest, "design_effect"), 2),
                total=words.count("path", len(frame)),
                paths=listed(words, "path", [path(words, row) for row in weak]),
                table=table,
                figure=figure,
            ),
            words.say(
                "finding.weakest_path" if known else "finding.weakest_path_open",
                path=path(words, weakest),
                size=numbers.decimal(number(weakest, "path"), 2),
                needed=numbers.integer(size) if known else "",
            ),
        )

    return tell(write, labels, language, "text")


def detectable(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    unit: str | None = None,
    construct: str = "Satisfaction",
    kind: str = "change",
    table: str = "detectable_change",
    figure: str = "detectable_change",
) -> Paragraph:
    """Return the smallest change, or lead, that the samples are likely to establish.

    Parameters
    ----------
    frame : DataFrame
        As for `detectable_table`; the first row is of all units together.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    unit : str, optional
        The column of the units.
    construct : str
        Whose index it is.
    kind : {"change", "lead"}
        What is to be established.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["place", "design_effect", "detectable", "needed_1", "needed_2"], "detectable")
    whole, units = rows_of(frame)[0], rows_of(frame)[1:]
    sizes = sorted(number(row, "detectable") for row in units)
    wanted = sorted(number(row, "needed_3") for row in units)

    def write(words: Wording) -> str:
        return run(
            words,
            words.say(
                f"finding.detectable_{kind}",
                construct=words.label(construct),
                points=numbers.decimal(number(whole, "detectable"), 1),
                effect=numbers.decimal(number(whole, "design_effect"), 2),
                needed=numbers.integer(number(whole, "needed_1")),
                table=table,
                figure=figure,
            ),
            words.say(
                "finding.detectable_units",
                units=words.count(unit or "unit", len(units)),
                least=numbers.decimal(sizes[0], 1),
                most=numbers.decimal(sizes[-1], 1),
                fewest=numbers.integer(wanted[0]),
                largest=numbers.integer(wanted[-1]),
            )
            if units
            else "",
        )

    return tell(write, labels, language)
