"""Brands and years side by side: permuted and drawn, each computed once and kept.

What is kept is small: tables, and the statistics that are compared. Labels are
permuted among respondents of the same unit, and between the years of those who
took part in both, since their answers are not independent; sampling units are
permuted as wholes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property

import pandas as pd
import xarray as xr

from csat_models.errors import AbsentError
from csat_models.estimation import Estimates, Moments, fit_moments
from csat_models.estimation.admissibility import drop_inadmissible
from csat_models.model import PathModel
from csat_models.workflow.computing import permuting
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.computing.permuting import Rows, invariance_of, permuted_moments
from csat_models.workflow.computing.waves import Wave
from csat_models.workflow.digests import digest, library_digest, package_versions

YEAR = "year"

STATISTICS = ("paths", "loadings", "weights")

_ROOMS = ("errors", "model", "survey", "estimation", "assessment")


class Comparisons:
    """The groups of a study as arrays: brands of the wave, and years.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    @property
    def brands(self) -> dict[str, str]:
        """The column of the brands and its values for us and the competitor.

        Raises
        ------
        AbsentError
            The study names no competitor.
        """
        if self._of.brands is None:
            raise AbsentError("the study names no competitor", reason="no_competitor")
        return self._of.brands

    @property
    def years(self) -> tuple[int, ...]:
        """Labels of this wave, the wave before and the first one, each once.

        Raises
        ------
        AbsentError
            The study has no earlier wave.
        """
        labels = [wave.label for wave in self._of.waves]
        if len(labels) < 2:  # noqa: PLR2004 (a comparison needs two waves)
            raise AbsentError("the study has no earlier wave", reason="no_earlier_wave")
        return tuple(dict.fromkeys([labels[-1], labels[-2], labels[0]]))

    def brand_order(self) -> list[str]:
        """Values of the brands' column: ours, the competitor's, then others."""
        brands = self.brands
        first = [brands["ours"], brands["theirs"]]
        present = self._of.wave.brands.mean[brands["over"]].values.tolist()
        return [*first, *(name for name in present if name not in first)]

    @property
    def n_brand_permutations(self) -> int:
        """Permutations of brands, so many that one path of all can stand out after adjustment."""
        return permuting.n_permutations(self._of, len(self.brand_order()))

    def brand_invariance(self) -> pd.DataFrame:
        """Test the invariance of composites between brands, in three steps.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.groups.invariance.micom`.

        Raises
        ------
        AbsentError
            The study names no competitor, or the model has products or
            constructs of higher order.
        """
        self.brands  # noqa: B018 (raises where there are none)
        self._require_plain()
        key = self._key("brands", self._of.wave)
        return self._of.wave.store.frame(
            f"invariance-{key}",
            lambda: invariance_of(self._of, self._brand_rows, self._shuffled_brands),
        )

    def year_invariance(self) -> pd.DataFrame:
        """Test the invariance of composites between this wave and the wave before."""
        self.years  # noqa: B018 (raises where there is one only)
        self._require_plain()
        key = self._key("years", *self._of.waves[-2:])
        return self._of.wave.store.frame(
            f"invariance-{key}",
            lambda: invariance_of(self._of, self._year_rows, self._shuffled_years),
        )

    def brand_paths(self) -> dict[str, xr.DataArray]:
        """Path coefficients of the brands: ``point``, ``draws`` and ``permuted``."""
        column, order = self.brands["over"], self.brand_order()
        key = self._key("brands", self._of.wave)
        kept = self._of.wave.store.arrays(
            f"permuted-{key}", lambda: {"paths": self._fit(self._shuffled_brands).paths}
        )
        found = {
            "point": self._of.brand_estimates.paths,
            "draws": self._of.brand_draws.paths,
            "permuted": kept["paths"],
        }
        return {name: paths.sel({column: order}) for name, paths in found.items()}

    def year_values(self, statistic: str) -> tuple[xr.DataArray, xr.DataArray]:
        """Return a statistic of the compared years, and its draws.

        Parameters
        ----------
        statistic : str
            One of :data:`STATISTICS`.

        Returns
        -------
        point : DataArray (year, ...)
            Years as in :attr:`years`.
        draws : DataArray (draw, year, ...)
            A person who took part in several waves has the same counts in all.
        """
        kept = self._year_arrays
        return kept[statistic], kept[f"{statistic}_draws"]

    def year_levels(self, statistic: str) -> xr.DataArray:
        """Return a statistic of every wave, (year, ...)."""
        fitted = {wave.label: self._fit(wave.whole) for wave in self._of.waves}
        parts = [
            getattr(each, statistic).expand_dims({YEAR: [label]}) for label, each in fitted.items()
        ]
        joined: xr.DataArray = xr.concat(parts, dim=YEAR, combine_attrs="drop")
        return joined

    @cached_property
    def _year_arrays(self) -> dict[str, xr.DataArray]:
        chosen = [wave for label in self.years for wave in self._of.waves if wave.label == label]
        key = digest([wave.draws_key for wave in chosen], self._fit_key, library_digest("workflow"))
        return self._of.wave.store.arrays(f"years-{key}", lambda: self._fit_years(chosen))

    def _fit_years(self, waves: Sequence[Wave]) -> dict[str, xr.DataArray]:
        labels = [wave.label for wave in waves]
        fitted = {
            "": [self._fit(wave.whole) for wave in waves],
            "_draws": [self._fit(wave.whole_draws) for wave in waves],
        }
        arrays = {}
        for suffix, estimates in fitted.items():
            for name in STATISTICS:
                parts = [
                    getattr(each, name).expand_dims({YEAR: [label]})
                    for label, each in zip(labels, estimates, strict=True)
                ]
                stacked = xr.concat(parts, dim=YEAR, combine_attrs="drop")
                first = ("draw", YEAR) if "draw" in stacked.dims else (YEAR,)
                arrays[f"{name}{suffix}"] = stacked.transpose(*first, ...)
        return arrays

    def _fit(self, moments: Moments) -> Estimates:
        of = self._of
        fitted = fit_moments(moments, of.model, of.settings, orientation=of.estimates)
        return drop_inadmissible(fitted)

    @cached_property
    def _brand_rows(self) -> Rows:
        return Rows(
            frame=self._of.wave.responses.frame,
            column=self.brands["over"],
            order=self.brand_order(),
            within=(self._of.unit,) if self._of.unit else (),
        )

    @cached_property
    def _year_rows(self) -> Rows:
        waves = self._of.waves[-2:]
        parts = [wave.responses.frame.assign(**{YEAR: wave.label}) for wave in waves]
        frame = pd.concat(parts, ignore_index=True)
        return Rows(frame=frame, column=YEAR, order=self.years[:2], within=self._of.by)

    @cached_property
    def _shuffled_brands(self) -> Moments:
        return permuted_moments(self._of, self._brand_rows, self.n_brand_permutations)

    @cached_property
    def _shuffled_years(self) -> Moments:
        return permuted_moments(self._of, self._year_rows, permuting.N_PERMUTATIONS)

    @property
    def _fit_key(self) -> list[object]:
        return [self._of.model.to_text(), asdict(self._of.settings)]

    def _key(self, *groups: str | Wave) -> str:
        of = self._of
        return digest(
            [
                each if isinstance(each, str) else [each.source_key, each.answers.key]
                for each in groups
            ],
            self._fit_key,
            [list(of.by), self._of.brands],
            [of.params.estimation.missing, of.uses_weights, of.level],
            [of.params.sampling.clusters, of.params.bootstrap.seed],
            [permuting.N_PERMUTATIONS, permuting.TIMES],
            library_digest(*_ROOMS, "workflow"),
            package_versions(["numpy"]),
        )

    def _require_plain(self) -> None:
        require_plain(self._of.fitted_model)


def in_model_order(table: pd.DataFrame, model: PathModel, *keys: str) -> pd.DataFrame:
    """Return the rows of the model's paths, in its order, after the columns `keys`."""
    order = pd.DataFrame(model.paths, columns=["source", "target"])
    found = table.merge(order.assign(place=range(len(order))), on=["source", "target"])
    ordered = found.sort_values([*keys, "place"], kind="stable")
    return ordered.drop(columns="place").reset_index(drop=True)


def require_plain(model: PathModel) -> None:
    """Refuse a model that the methods for groups are not made for.

    Raises
    ------
    AbsentError
        It has products or constructs of higher order.
    """
    if model.products or model.higher_order:
        raise AbsentError(
            "the model has products or constructs of higher order", reason="composed_model"
        )
