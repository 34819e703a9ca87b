"""One line of what moments and estimates hold, for a prompt or a notebook."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from html import escape

import numpy as np
import xarray as xr


def counted(number: float, singular: str, plural: str | None = None) -> str:
    """Say how many.

    Examples
    --------
    >>> counted(1, "path"), counted(3285, "row")
    ('1 path', '3,285 rows')
    """
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number:,} {noun}"


def batch_words(sizes: Mapping[Hashable, int]) -> list[str]:
    """Say the lengths of leading dimensions; nothing for a single sample.

    Examples
    --------
    >>> batch_words({"draw": 2000, "city": 11})
    ['draw 2,000 x city 11']
    """
    return [" x ".join(f"{dim} {size:,}" for dim, size in sizes.items())] if sizes else []


def sample_words(n_obs: xr.DataArray, n_effective: xr.DataArray) -> str:
    """Say how many respondents there are, and whether survey weights make them unlike.

    Examples
    --------
    >>> sample_words(xr.DataArray(250), xr.DataArray(250.0))
    '250 respondents who count alike'
    >>> sample_words(xr.DataArray(250), xr.DataArray(231.46))
    '250 respondents with survey weights (effective 231.5)'
    """
    people, effective = int(n_obs.sum()), float(n_effective.sum())
    words = counted(people, "respondent")
    # Sums of weights are rounded in the last digits.
    if np.isclose(effective, people, rtol=1e-9):
        return f"{words} who count alike"
    return f"{words} with survey weights (effective {effective:,.1f})"


def as_html(line: str, table: xr.DataArray | None = None) -> str:
    """Show a line, and a table under it, with everything escaped."""
    shown = f"<p>{escape(line)}</p>"
    if table is None:
        return shown
    return shown + str(table.to_pandas().to_html(float_format="{:.3f}".format))
