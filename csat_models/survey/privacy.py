"""What must not leave a study as it came in."""

from __future__ import annotations

import pandas as pd

# A spreadsheet program takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts no spreadsheet program takes for formulas.

    Parameters
    ----------
    frame : DataFrame
        Numbers stay as they are; a text that begins with ``= + - @``, a tab
        or a carriage return gets an apostrophe in front.

    References
    ----------
    OWASP, CSV injection.

    Examples
    --------
    >>> without_formulas(pd.DataFrame({"city": ["=1+1", "Linjiang"]}))["city"].tolist()
    ["'=1+1", 'Linjiang']
    """
    textual = frame.select_dtypes(exclude=["number", "bool"]).columns
    safe = {name: frame[name].map(_defuse, na_action="ignore") for name in textual}
    return frame.assign(**safe).rename(columns=_defuse)


def _defuse(value: object) -> object:
    dangerous = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if dangerous else value
