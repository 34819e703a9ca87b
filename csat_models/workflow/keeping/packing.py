"""Moments and estimates as plain labelled arrays for the store, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import xarray as xr

from csat_models.estimation import Estimates, Moments, Settings
from csat_models.estimation.result import ARRAYS
from csat_models.model import PathModel

_MOMENTS = tuple(field.name for field in fields(Moments))


def pack_moments(moments: Moments, prefix: str = "") -> dict[str, xr.DataArray]:
    """Return the arrays of moments, their names after `prefix`."""
    return {f"{prefix}{name}": getattr(moments, name) for name in _MOMENTS}


def unpack_moments(arrays: Mapping[str, xr.DataArray], prefix: str = "") -> Moments:
    """Return the moments that :func:`pack_moments` took apart."""
    return Moments(**{name: arrays[f"{prefix}{name}"] for name in _MOMENTS})


def pack_estimates(estimates: Estimates) -> dict[str, xr.DataArray]:
    """Return the arrays of estimates, without the moments that were fitted."""
    return {name: getattr(estimates, name) for name in ARRAYS}


def unpack_estimates(
    arrays: Mapping[str, xr.DataArray], *, model: PathModel, settings: Settings, moments: Moments
) -> Estimates:
    """Return the estimates that :func:`pack_estimates` took apart."""
    kept = {name: arrays[name] for name in ARRAYS}
    return Estimates(model=model, settings=settings, moments=moments, **kept)
