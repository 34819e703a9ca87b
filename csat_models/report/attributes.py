"""The same tables, figures and sentences for every attribute that divides the respondents."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature

import pandas as pd

from csat_models.report.elements import Element
from csat_models.report.frames import distinct, part, require

NAMES = ("name", "table", "figure")


def each_attribute(
    frame: pd.DataFrame, *functions: Callable[..., Element], **frames: pd.DataFrame
) -> list[Element]:
    """Call every function for every attribute, its groups as groups.

    Parameters
    ----------
    frame : DataFrame
        With the column ``attribute``; a function is given the rows of one, with a column
        ``label`` of its groups named as the attribute.
    *functions : callable
        Of the tables, figures or narrative, with the parameter ``by``, and names of
        elements that are by default those of the brands: they get the attribute's
        name at their end.
    **frames : DataFrame
        Further frames with the column, for the functions that take them.
    """
    require(frame, ["attribute"], "each_attribute")
    return [
        _call(function, str(attribute), frame, frames)
        for attribute in distinct(frame, "attribute")
        for function in functions
    ]


def _call(
    function: Callable[..., Element],
    attribute: str,
    frame: pd.DataFrame,
    frames: dict[str, pd.DataFrame],
) -> Element:
    known = signature(function).parameters
    names = {name: f"{known[name].default}_{attribute}" for name in NAMES if name in known}
    further = {name: _rows(each, attribute) for name, each in frames.items() if name in known}
    return function(_rows(frame, attribute), by=attribute, **names, **further)


def _rows(frame: pd.DataFrame, attribute: str) -> pd.DataFrame:
    rows = part(frame, "attribute", attribute)
    return rows.rename(columns={"label": attribute}).reset_index(drop=True)
