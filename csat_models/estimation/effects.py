"""Effects of one construct on another along all paths of the model."""

from __future__ import annotations

import numpy as np
import xarray as xr

from csat_models.estimation.estimates import Estimates
from csat_models.estimation.sample import Array


def total_effects(estimates: Estimates) -> xr.DataArray:
    r"""Direct and indirect effects together.

    :math:`(I - B)^{-1} - I` with B the paths, source by target.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.

    Returns
    -------
    DataArray (..., source, target)

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a\nB =~ b\nC =~ c\nB ~ A\nC ~ B")
    >>> corr = [[1, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 1]]
    >>> estimates = fit(Moments.from_table(items="abc", mean=[5] * 3, cov=corr, n_obs=99), model)
    >>> total_effects(estimates).sel(source="A", target="C").item()
    0.25
    """
    paths = estimates.paths.transpose(..., "source", "target")
    return paths.copy(data=total_effects_array(paths.to_numpy()))


def indirect_effects(estimates: Estimates) -> xr.DataArray:
    """Total effects less direct paths, (..., source, target)."""
    return total_effects(estimates) - estimates.paths


def total_effects_array(paths: Array) -> Array:
    """Array form of :func:`total_effects`, (..., J, J) to (..., J, J).

    The sum of the powers of a recursive model's paths ends after J - 1 terms.
    """
    total = paths.copy()
    power = paths
    for _ in range(paths.shape[-1] - 2):
        power = power @ paths
        if not np.any(power):
            break
        total += power
    return total
