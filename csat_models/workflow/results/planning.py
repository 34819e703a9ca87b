"""Next year's sample: what this year's could show, and how many respondents it takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from math import ceil, isfinite
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.analysis import (
    detectable_difference,
    index_deviation,
    power_for_difference,
    sample_size_for_difference,
    sample_size_gamma_exponential,
    sample_size_inverse_square_root,
    simulated_power,
)
from csat_models.errors import AbsentError
from csat_models.workflow.computing.comparisons import require_plain
from csat_models.workflow.computing.computation import Computation, IndexDraws
from csat_models.workflow.computing.waves import Wave
from csat_models.workflow.digests import digest, library_digest

POWER = 0.8
POINTS = (1.0, 2.0, 3.0)
SIZES = (100, 150, 200, 300, 500, 800, 1200, 2000, 3000, 5000)
REPLICATIONS = 500
SMALLEST_PATH = 0.01
KEYS = ("source", "target", "path")
BASIS = ("n_obs", "n_other", "deviation", "design_effect")


class PlanningResults:
    """Precision of the study, and what next year's sample must be for more.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def paths(self) -> pd.DataFrame:
        """Power for every path, and the respondents that a power of .8 takes.

        Returns
        -------
        DataFrame
            ``source``, ``target``, ``path``, ``n_obs``, ``design_effect``, ``power`` (of
            this study, simulated), and the sizes ``inverse_square_root`` and
            ``gamma_exponential``, both times the design effect, and ``simulated``; missing
            where no size tried is enough, or the path is smaller than .01.

        Raises
        ------
        AbsentError
            The model has products or constructs of higher order.
        """
        curve = self.power_curve()
        now = curve[curve["n_obs"] == self._n_obs]
        rows = now[["source", "target", "path", "n_obs", "design_effect", "power"]]
        sizes = [self._sizes_of(*row) for row in zip(*(rows[name] for name in KEYS), strict=True)]
        return pd.concat([rows.reset_index(drop=True), pd.DataFrame(sizes)], axis=1)

    def power_curve(self) -> pd.DataFrame:
        """Power of every path by sample size, simulated from this year's moments.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.analysis.simulated_power.simulated_power`, and
            ``design_effect``: the variance of the paths' draws over that of simple
            random samples of normal answers, the median of all paths.

        Raises
        ------
        AbsentError
            As :meth:`paths`.
        """
        require_plain(self._of.fitted_model)
        return self._of.wave.store.frame(f"power-{self._key}", self._simulate)

    def changes(self, construct: str) -> pd.DataFrame:
        """Smallest change on last year that the samples are likely to establish.

        Parameters
        ----------
        construct : str
            Whose index it is; our own.

        Returns
        -------
        DataFrame
            ``place`` (a unit, missing for all of them together), ``n_obs`` and
            ``n_other`` (of both samples), ``deviation`` of a person's index,
            ``design_effect`` (variance of the difference's draws over that of two
            simple random samples), ``detectable`` (in points, with a power of .8) and
            ``needed_1``, ``needed_2``, ``needed_3``: respondents of each sample for a
            difference of 1, 2, 3 points.

        Raises
        ------
        AbsentError
            The study has no earlier wave.
        """
        if len(self._of.waves) < 2:  # noqa: PLR2004
            raise AbsentError("the study has no earlier wave", reason="no_earlier_wave")
        now, before = (_Sample(wave, self._brand("ours")) for wave in self._of.waves[:-3:-1])
        return self._plan(construct, now, before)

    def leads(self, construct: str) -> pd.DataFrame:
        """Smallest lead over the competitor that the samples are likely to establish.

        Returns
        -------
        DataFrame
            As :meth:`changes`; ``n_other`` are the competitor's customers.

        Raises
        ------
        AbsentError
            The study names no competitor.
        """
        if self._of.brands is None:
            raise AbsentError("the study names no competitor", reason="no_competitor")
        wave = self._of.wave
        ours, theirs = (_Sample(wave, self._brand(name)) for name in ("ours", "theirs"))
        return self._plan(construct, ours, theirs)

    def difference_curve(self, differences: pd.DataFrame) -> pd.DataFrame:
        """Power of differences of 1, 2 and 3 points by sample size.

        Parameters
        ----------
        differences : DataFrame
            Of :meth:`changes` or :meth:`leads`, whose first row counts.

        Returns
        -------
        DataFrame
            ``n_obs`` (of each sample), ``points``, ``power``.
        """
        first = differences.iloc[0]
        how = {"alpha": 1.0 - self._of.level, "design_effect": first["design_effect"]}
        sizes = sorted({*SIZES, int(first["n_obs"])})
        return pd.DataFrame(
            [
                {
                    "n_obs": size,
                    "points": points,
                    "power": power_for_difference(points, first["deviation"], size, **how),
                }
                for points in POINTS
                for size in sizes
            ]
        )

    def _brand(self, name: str) -> dict[str, str]:
        brands = self._of.brands
        return {} if brands is None else {brands["over"]: brands[name]}

    def _plan(self, construct: str, one: _Sample, other: _Sample) -> pd.DataFrame:
        self._of.model.construct(construct)
        tables = [self._differences(construct, one, other, "brands")]
        if self._of.unit:
            found = self._differences(construct, one, other, "cells")
            tables.append(found.rename(columns={self._of.unit: "place"}))
        table = pd.concat(tables, ignore_index=True).reindex(columns=["place", *BASIS])
        table = table[np.isfinite(table["design_effect"]) & (table["design_effect"] > 0)]
        planned = [self._planned(row) for row in table[list(BASIS)].to_dict("records")]
        parts = [table.reset_index(drop=True), pd.DataFrame(planned)]
        joined: pd.DataFrame = pd.concat(parts, axis=1)
        return joined

    def _differences(
        self, construct: str, one: _Sample, other: _Sample, scale: str
    ) -> pd.DataFrame:
        """Sizes, deviation and design effect of the difference of two samples."""
        index: IndexDraws = getattr(self._of.index, scale).sel(construct=construct)
        weighing = self._of.pooled[0]
        drawn, sizes, squares = [], [], []
        for sample in (one, other):
            moments = getattr(sample.wave, scale)
            drawn.append(index.sel(year=sample.wave.label, **sample.brand).draws)
            sizes.append(moments.n_obs.sel(sample.brand, drop=True))
            deviation = index_deviation(weighing, moments).sel(construct=construct, drop=True)
            squares.append(deviation.sel(sample.brand, drop=True) ** 2)
        simple = squares[0] / sizes[0] + squares[1] / sizes[1]
        spread = (drawn[0] - drawn[1]).var("draw", ddof=1)
        parts = {
            "n_obs": sizes[0],
            "n_other": sizes[1],
            "deviation": (simple / (1 / sizes[0] + 1 / sizes[1])) ** 0.5,
            "design_effect": spread / simple,
        }
        found = xr.Dataset(parts)
        if found.dims:
            table: pd.DataFrame = found.to_dataframe().reset_index()
            return table
        return pd.DataFrame({name: [values.item()] for name, values in found.items()})

    def _planned(self, row: dict[str, float]) -> dict[str, float]:
        how = {"alpha": 1.0 - self._of.level, "power": POWER}
        how["design_effect"] = row["design_effect"]
        sizes = {
            f"needed_{points:g}": sample_size_for_difference(points, row["deviation"], **how)
            for points in POINTS
        }
        least = detectable_difference(row["deviation"], row["n_obs"], row["n_other"], **how)
        return {"detectable": least, **sizes}

    def _simulate(self) -> pd.DataFrame:
        of, seed = self._of, self._of.params.bootstrap.seed
        how: dict[str, Any] = {"replications": REPLICATIONS, "seed": seed, "settings": of.settings}
        how["alpha"] = 1.0 - of.level
        simple = simulated_power(of.wave.whole, of.model, n_obs=[self._n_obs], **how)
        errors = [
            of.draws.paths.sel(source=row.source, target=row.target).std("draw", ddof=1).item()
            for row in simple.itertuples()
        ]
        effect = float(np.nanmedian((np.array(errors) / simple["standard_error"]) ** 2))
        least = effect * (len(of.model.items) + 2) + 1
        sizes = sorted({self._n_obs, *(size for size in SIZES if size > least)})
        found = simulated_power(of.wave.whole, of.model, n_obs=sizes, design_effect=effect, **how)
        return found.assign(design_effect=effect)

    def _sizes_of(self, source: str, target: str, path: float) -> dict[str, float]:
        how: dict[str, Any] = {"alpha": 1.0 - self._of.level, "power": POWER, "tails": 2}
        usable = isfinite(path) and SMALLEST_PATH <= abs(path) < 1
        methods = {
            "inverse_square_root": sample_size_inverse_square_root,
            "gamma_exponential": sample_size_gamma_exponential,
        }
        curve = self.power_curve()
        effect = float(curve["design_effect"].iloc[0])
        found = {
            name: ceil(effect * size(path, **how)) if usable else np.nan
            for name, size in methods.items()
        }
        mine = curve[(curve["source"] == source) & (curve["target"] == target)]
        enough = mine[mine["power"] >= POWER]["n_obs"]
        return found | {"simulated": float(enough.min()) if len(enough) else np.nan}

    @property
    def _n_obs(self) -> int:
        return int(self._of.wave.whole.n_obs)

    @cached_property
    def _key(self) -> str:
        of = self._of
        return digest(
            of.wave.draws_key,
            [of.model.to_text(), asdict(of.settings), of.level],
            [list(SIZES), REPLICATIONS, of.params.bootstrap.seed],
            library_digest("analysis", "workflow"),
        )


@dataclass(frozen=True, slots=True)
class _Sample:
    """A wave, and whose customers of it."""

    wave: Wave
    brand: dict[str, str]
