"""Replicate weights that came with the file, as agencies supply them in place of the design.

References
----------
Wolter (2007), Introduction to Variance Estimation, chapters 3 to 5; Lumley
(2010), Complex Surveys, section 2.3, for the scales (``svrepdesign`` of R's
survey).
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.intake.responses import Responses
from csat_models.survey.weighting.numbers import require_weights, rows_to_weight
from csat_models.survey.weighting.replicates import (
    FEWEST,
    Calibration,
    Method,
    Replicates,
)

Array = NDArray[np.float64]


def matching_columns(patterns: str | Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Find columns by name or pattern, in the order of the patterns, then of `known`.

    Examples
    --------
    >>> matching_columns("rw_*", ["id", "rw_1", "rw_2"])
    ('rw_1', 'rw_2')
    >>> matching_columns(["rw_2", "rw_*"], ["id", "rw_1", "rw_2"])
    ('rw_2', 'rw_1')
    """
    wanted = (patterns,) if isinstance(patterns, str) else patterns
    found = (name for each in wanted for name in known if fnmatchcase(name, each))
    return tuple(dict.fromkeys(found))


def numeric_attributes(codebook: Codebook) -> tuple[str, ...]:
    """Return the columns that may hold replicate weights: not the survey's own weight."""
    return tuple(name for name, each in codebook.attributes.items() if each.kind == "number")


def replicate_scale(
    method: Method,
    n_replicates: int,
    *,
    rho: float | None = None,
    scale: float | Sequence[float] | None = None,
) -> Array:
    r"""Return what each replicate's squared difference counts in a variance, shape (R,).

    Parameters
    ----------
    method : {"JK1", "JKn", "BRR", "Fay", "bootstrap"}
        :math:`(R - 1) / R`, as given, :math:`1 / R`, :math:`1 / (R (1 -
        \rho)^2)` and :math:`1 / R`.
    n_replicates : int
        R.
    rho : float, optional
        Fay's factor, at least 0 and below 1; only with "Fay".
    scale : float or sequence of float, optional
        Instead of the method's, in the order in which the columns are named; with
        "JKn", :math:`(n_h - 1) / n_h` of each replicate's stratum.

    Raises
    ------
    DataError
        A method that is unknown or lacks what it needs, another number of
        scales than of replicates, or a scale that is not positive.

    Examples
    --------
    >>> replicate_scale("Fay", 4, rho=0.5).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if (method == "Fay") != (rho is not None) or not 0 <= (rho or 0.0) < 1:
        raise DataError(
            "rho, at least 0 and below 1, goes with method 'Fay' and only with it; write both "
            "or neither",
            rho=rho,
        )
    if scale is None and method == "JKn":
        raise DataError(
            "method 'JKn' needs a scale for each replicate, (n - 1) / n of its stratum's n units; "
            "write 'scale'"
        )
    usual = {"JK1": (n_replicates - 1.0) / n_replicates, "BRR": 1.0 / n_replicates}
    usual |= {"Fay": 1.0 / (n_replicates * (1.0 - (rho or 0.0)) ** 2)}
    factor = usual.get(method, 1.0 / n_replicates) if scale is None else scale
    if np.size(factor) not in (1, n_replicates) or not (np.asarray(factor) > 0).all():
        raise DataError(
            f"'scale' has {np.size(factor)} values for {n_replicates} replicates, or one that is "
            "not positive; give one positive number, or one for each replicate",
            scale=scale,
        )
    return np.broadcast_to(np.asarray(factor, dtype=np.float64), n_replicates).copy()


def read_replicates(
    data: Responses | pd.DataFrame,
    columns: str | Sequence[str],
    *,
    method: Method,
    rho: float | None = None,
    scale: float | Sequence[float] | None = None,
    calibration: Calibration | None = None,
) -> Replicates:
    """Take replicate weights from columns of the data.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows.
    columns : str or sequence of str
        Names or patterns such as ``rw_*``; of responses, numeric attributes.
    method, rho, scale
        As in :func:`replicate_scale`.
    calibration : Calibration, optional
        Margins that each replicate is raked to.

    Returns
    -------
    Replicates
        Each with mean 1: statistics that are compared here do not change
        with the sum of the weights.

    Raises
    ------
    DataError
        Fewer than two columns, a weight that is missing or negative, a
        replicate without weight (in a level of a margin), or a scale that does not fit.

    Examples
    --------
    >>> rows = pd.DataFrame({"r1": [0.0, 3, 3], "r2": [3, 0, 3], "r3": [3, 3, 0]})
    >>> found = read_replicates(rows, "r*", method="JK1")
    >>> found.values.tolist()[0], found.scale.round(3).tolist()
    ([0.0, 1.5, 1.5], [0.667, 0.667, 0.667])
    """
    frame, source = rows_to_weight(data)
    known = numeric_attributes(data.codebook) if isinstance(data, Responses) else frame.columns
    names = matching_columns(columns, [str(name) for name in known])
    if len(names) < FEWEST:
        raise DataError(
            f"{source}: {len(names)} columns are called {columns}; name at least two columns of "
            "replicate weights",
            columns=columns,
        )
    values = np.stack([require_weights(frame, name, source) for name in names])
    sums = values.sum(axis=1)
    whole = values / np.where(sums > 0, sums, np.nan)[:, None] * len(frame)
    if calibration is not None:
        whole = calibration.rake(values)
    empty = np.flatnonzero(np.isnan(whole).any(axis=1))
    if len(empty):
        raise DataError(
            f"{source}: the replicate '{names[empty[0]]}' has no weight left for all rows or for a "
            "level of the margins; leave it out or merge rare levels",
            column=names[empty[0]],
        )
    return Replicates(
        values=whole,
        scale=replicate_scale(method, len(names), rho=rho, scale=scale),
        kind=method,
        n_failed=0,
        index=frame.index,
    )
