"""Tables on next year's sample: what this one could show, and what more takes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    count_column,
    decimal_column,
    label_column,
    share_column,
)

POINTS = (1, 2, 3)


def path_power_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "path_power",
) -> Table:
    """Return the table of the respondents that each path takes.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``path``, ``n_obs``, ``design_effect``, ``power``,
        ``inverse_square_root``, ``gamma_exponential``, ``simulated``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        One less the level of the tests.
    name : str
        The table's name.
    """
    sizes = ("inverse_square_root", "gamma_exponential", "simulated")
    needed = ["source", "target", "path", "n_obs", "design_effect", "power", *sizes]
    require(frame, needed, "path_power_table")
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "source", words.say("header.source")),
        label_column(words, "target", words.say("header.target")),
        decimal_column(words.say("header.path_now"), "path", 3),
        share_column(words.say("header.power"), "power"),
        *(count_column(words.say(f"header.{size}"), size) for size in sizes),
    ]
    note = words.say(
        "note.path_power",
        n_obs=numbers.integer(float(frame["n_obs"].iloc[0])),
        effect=numbers.decimal(float(frame["design_effect"].iloc[0]), 2),
        error=numbers.decimal(1 - level, 2),
    )
    return build(name, words.say("table.path_power"), frame, columns, note)


def detectable_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    unit: str | None = None,
    construct: str = "Satisfaction",
    kind: str = "change",
    level: float = 0.95,
    name: str = "detectable_change",
) -> Table:
    """Return the table of the smallest change, or lead, that the samples establish.

    Parameters
    ----------
    frame : DataFrame
        ``place`` (missing: all units), ``n_obs``, ``n_other``, ``design_effect``,
        ``detectable``, ``needed_1``, ``needed_2``, ``needed_3``.
    labels : mapping of str to str
        Texts of the units.
    language : {"zh", "en"}
        Language of caption and headers.
    unit : str, optional
        The column of the units.
    construct : str
        Whose index it is.
    kind : {"change", "lead"}
        What is to be established.
    level : float
        One less the level of the tests.
    name : str
        The table's name.
    """
    sizes = [f"needed_{points}" for points in POINTS]
    needed = ["place", "n_obs", "n_other", "design_effect", "detectable", *sizes]
    require(frame, needed, "detectable_table")
    words = Wording(language=language, labels=labels)

    def place(row: Row) -> str:
        whole = pd.isna(row["place"])
        return words.say("phrase.all_units") if whole else words.value(unit or "", row["place"])

    columns = [
        Column(
            header=words.label(unit) if unit else words.say("header.sample"),
            show=place,
            align="left",
        ),
        count_column(words.say(f"header.n_{kind}"), "n_obs"),
        count_column(words.say(f"header.n_other_{kind}"), "n_other"),
        decimal_column(words.say("header.design_effect"), "design_effect", 2),
        decimal_column(words.say("header.detectable"), "detectable", 1),
        *(
            count_column(words.say("header.needed", points=points), f"needed_{points}")
            for points in POINTS
        ),
    ]
    caption = words.say(f"table.detectable_{kind}", construct=words.label(construct))
    note = words.say("note.detectable", error=numbers.decimal(1 - level, 2))
    return build(name, caption, frame, columns, note)
