"""The demonstration's province: eleven invented cities and their declared levels.

Levels are population means on the 0-100 scale for every wave, city, operator
and construct. Network and business of the last wave are declared one by one;
in them Linjiang is the worked example: network 83.68 (rank 9 of 11), its lead
over the rival 7.74 (rank 1), business 78.10 (rank 11), lead -2.65 (rank 11).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]

WAVES = tuple(range(2017, 2025))
BURN_IN = tuple(range(2009, 2017))
OPERATORS = ("ours", "rival")
GROUPS = ("premium", "standard", "youth")
EXAMPLE_CITY = "linjiang"

SATISFACTION_LAGS = (0.20, 0.25, 0.18, 0.12, 0.08)
"""Effect of a unit's satisfaction 0, 1, ..., 4 years ago on its loyalty."""

PROCESS_LAGS = (0.5, 0.3, 0.2)
"""How the effect of a unit's process levels on satisfaction spreads over 0, 1, 2 years."""

PROCESS_EFFECTS = {"Network": 0.30, "Business": 0.25, "Service": 0.25, "Value": 0.20}
"""Effect of a unit's process levels on its satisfaction, all years together."""

PILOT_CITIES = ("donglu", "jinping", "luoshan")
PILOT_START = 2022
PILOT_EFFECT = 3.0
"""What our service gained in the pilot cities from the start of the pilot on."""

DIP_CITY, DIP = "haiyan", {2021: -7.0, 2022: -3.0}
"""A city whose network and service broke down, and what it lost in which year."""

# city: our network level, its lead, our business level, its lead (2024),
# customers in thousands (ours, rival)
_CITIES = {
    "linjiang": (83.68, 7.74, 78.10, -2.65, 412, 388),
    "anlan": (89.60, 5.10, 84.30, 3.20, 655, 418),
    "beigang": (88.72, 2.35, 82.90, 1.05, 530, 465),
    "chenghu": (87.95, -1.20, 81.15, 2.40, 348, 372),
    "donglu": (87.10, 4.25, 85.60, 4.85, 296, 204),
    "fengxi": (86.40, 0.60, 80.35, -0.90, 243, 251),
    "haiyan": (85.85, 3.15, 83.45, 0.35, 387, 305),
    "jinping": (85.20, -2.40, 79.60, -1.75, 221, 262),
    "luoshan": (84.55, 1.75, 82.20, 2.05, 318, 247),
    "nanqiao": (82.30, -0.85, 80.90, -1.10, 274, 296),
    "xiyuan": (80.95, 5.80, 79.05, 1.50, 165, 118),
}
CITIES = tuple(_CITIES)

_GROUP_SHARES = {"ours": (0.18, 0.56, 0.26), "rival": (0.12, 0.58, 0.30)}
_SAMPLE_SHARES = (0.30, 0.40, 0.30)
_SMALLEST_CELL, _LARGEST_CELL = 140, 160

_SEED = 20240
_BASE = {"Image": 82.0, "Expectation": 85.5, "Service": 83.5, "Value": 77.5}
_UNIT_SD = {"Image": 2.5, "Expectation": 1.5, "Service": 2.0, "Value": 2.5}
_DRIVERS = ("Image", "Expectation", "Network", "Business", "Service", "Value")
_COMMON_SHARE = {
    "Image": 0.8,
    "Expectation": 0.3,
    "Network": 0.9,
    "Business": 0.9,
    "Service": 1.1,
    "Value": 0.9,
}
_PERSISTENCE = 0.5
_COMMON_SD, _OWN_SD, _TREND_SD = 2.6, 1.1, 0.35
_NOISE_SD = 0.5
_SATISFACTION_CONSTANT, _LOYALTY_CONSTANT = -1.0, 7.5
_COMPLAINT_RATE, _COMPLAINT_SLOPE, _COMPLAINT_PIVOT = 14.0, -0.7, 82.0


@cache
def declared_levels() -> xr.DataArray:
    """Return the population means on the 0-100 scale.

    Returns
    -------
    DataArray, dims (wave, city, operator, construct)
        The waves include the years of burn-in before the first survey. The
        level of ``Complaints`` is the share of complainers in per cent.

    Examples
    --------
    >>> levels = declared_levels().sel(wave=2024, city="linjiang", construct="Network")
    >>> levels.values.tolist()
    [83.68, 75.94]
    """
    rng = np.random.default_rng(_SEED)
    common = _wiggle(rng, _COMMON_SD)
    levels = {name: _driver_path(name, common, rng) for name in _DRIVERS}
    levels["Satisfaction"] = _satisfaction(levels, rng)
    levels["Loyalty"] = _loyalty(levels["Satisfaction"], rng)
    gap = levels["Satisfaction"] - _COMPLAINT_PIVOT
    levels["Complaints"] = np.clip(_COMPLAINT_RATE + _COMPLAINT_SLOPE * gap, 3.0, 40.0)
    levels["ServiceExpected"] = levels["Expectation"] + 1.5
    levels["ServicePerceived"] = levels["Service"] - 1.0
    levels["Handling"] = levels["Service"] - 20.0
    return xr.DataArray(
        np.stack([levels[name].round(2) for name in levels], axis=-1),
        coords={
            "wave": [*BURN_IN, *WAVES],
            "city": list(CITIES),
            "operator": list(OPERATORS),
            "construct": list(levels),
        },
        dims=("wave", "city", "operator", "construct"),
    )


def _final_levels(name: str, rng: np.random.Generator) -> Array:
    if name not in ("Network", "Business"):
        drawn = rng.normal(_BASE[name], _UNIT_SD[name], (len(CITIES), len(OPERATORS)))
        return np.asarray(drawn - np.array([0.0, 1.0]))
    first = 0 if name == "Network" else 2
    table = np.array([row[first : first + 2] for row in _CITIES.values()])
    return np.stack([table[:, 0], table[:, 0] - table[:, 1]], axis=1)


def _wiggle(rng: np.random.Generator, sd: float) -> Array:
    n_years = len(BURN_IN) + len(WAVES)
    noise = rng.standard_normal((n_years, len(CITIES), len(OPERATORS)))
    for t in range(1, n_years):
        noise[t] = _PERSISTENCE * noise[t - 1] + np.sqrt(1 - _PERSISTENCE**2) * noise[t]
    return sd * noise


def _driver_path(name: str, common: Array, rng: np.random.Generator) -> Array:
    path = _COMMON_SHARE[name] * common + _wiggle(rng, _OWN_SD)
    years = np.array([*BURN_IN, *WAVES])
    trend = rng.normal(0.25, _TREND_SD, (len(CITIES), len(OPERATORS)))
    path = path + trend * (years - WAVES[-1]).clip(min=-len(WAVES))[:, None, None]
    path = path - path[-1] + _final_levels(name, rng)
    if name in ("Network", "Service"):
        for year, loss in DIP.items():
            path[years == year, CITIES.index(DIP_CITY), 0] += loss
    if name == "Service":
        pilots = [CITIES.index(city) for city in PILOT_CITIES]
        path[: int((years < PILOT_START).sum()), pilots, 0] -= PILOT_EFFECT
    return np.asarray(path)


def _lagged(path: Array, weights: tuple[float, ...]) -> Array:
    start = len(weights) - 1
    padded = np.concatenate([np.repeat(path[:1], start, axis=0), path])
    terms = [w * padded[start - lag : len(padded) - lag] for lag, w in enumerate(weights)]
    return np.asarray(np.sum(terms, axis=0))


def _satisfaction(levels: dict[str, Array], rng: np.random.Generator) -> Array:
    processes = np.sum([PROCESS_EFFECTS[name] * levels[name] for name in PROCESS_EFFECTS], axis=0)
    noise = rng.normal(0.0, _NOISE_SD, processes.shape)
    return np.asarray(_SATISFACTION_CONSTANT + _lagged(processes, PROCESS_LAGS) + noise)


def _loyalty(satisfaction: Array, rng: np.random.Generator) -> Array:
    unit = rng.normal(0.0, 1.0, (len(CITIES), len(OPERATORS)))
    noise = rng.normal(0.0, _NOISE_SD, satisfaction.shape)
    return _LOYALTY_CONSTANT + unit + _lagged(satisfaction, SATISFACTION_LAGS) + noise


def customers() -> xr.DataArray:
    """Return the population totals in thousands, dims (city, operator, group)."""
    totals = np.array([row[4:6] for row in _CITIES.values()], dtype=np.float64)
    shares = np.array([_GROUP_SHARES[operator] for operator in OPERATORS])
    return xr.DataArray(
        totals[..., None] * shares,
        [("city", list(CITIES)), ("operator", list(OPERATORS)), ("group", list(GROUPS))],
    )


def sample_sizes() -> xr.DataArray:
    """Respondents drawn, dims (wave, city, operator, group).

    A cell (city by operator) has 140 to 160 of them; premium customers and
    the young are oversampled.
    """
    rng = np.random.default_rng(_SEED + 1)
    shape = (len(WAVES), len(CITIES), len(OPERATORS))
    cells = rng.integers(_SMALLEST_CELL, _LARGEST_CELL + 1, shape)
    sizes = np.rint(cells[..., None] * np.array(_SAMPLE_SHARES)).astype(np.int64)
    sizes[..., 1] += cells - sizes.sum(axis=-1)
    return xr.DataArray(
        sizes,
        [
            ("wave", list(WAVES)),
            ("city", list(CITIES)),
            ("operator", list(OPERATORS)),
            ("group", list(GROUPS)),
        ],
    )
