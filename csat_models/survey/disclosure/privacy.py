"""What must not leave a study as it came in."""

from __future__ import annotations

import pandas as pd

# A spreadsheet program takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts no spreadsheet program takes for formulas.

    Parameters
    ----------
    frame : DataFrame
        Numbers stay as they are; a text that begins with ``= + - @`` (of
        full width too), a tab or a line break gets an apostrophe in front, and
        carriage returns, which would begin a new row, become spaces.

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


def find_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    r"""List the texts that :func:`without_formulas` would change.

    Parameters
    ----------
    frame : DataFrame
        n rows.

    Returns
    -------
    DataFrame
        ``row`` (from 1; 0 is the header), ``column`` and ``value``.

    Examples
    --------
    >>> find_formulas(pd.DataFrame({"city": ["@SUM(A1)", "\rx", "Linjiang"]})).values.tolist()
    [[1, 'city', '@SUM(A1)'], [2, 'city', '\rx']]
    """
    found = [(0, name, name) for name in frame.columns if _defuse(name) != name]
    for name in frame.select_dtypes(exclude=["number", "bool"]).columns:
        for place, value in enumerate(frame[name]):
            if isinstance(value, str) and _defuse(value) != value:
                found.append((place + 1, name, value))
    return pd.DataFrame(found, columns=["row", "column", "value"])


def _defuse(value: object) -> object:
    if not isinstance(value, str):
        return value
    flat = value.replace("\r", " ")
    return f"'{flat}" if flat.lstrip(" ").startswith(FORMULA_STARTS) else flat
