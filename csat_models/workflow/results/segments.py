"""The section on segments that no column names."""

from __future__ import annotations

from dataclasses import asdict
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.assessment.heterogeneity import (
    Mixture,
    SegmentChoice,
    adjusted_rand,
    choose_segments,
    fimix_mixtures,
    group_quality,
    mixture_criteria,
    rebus,
    segment_profile,
)
from csat_models.errors import AbsentError, DataError, ModelError
from csat_models.estimation import scores
from csat_models.workflow.computing.comparisons import in_model_order, require_plain
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.digests import digest, library_digest

NUMBERS = (1, 2, 3, 4)
STARTS = 10
REBUS_STARTS = 4


class SegmentResults:
    """Latent segments of the wave's respondents, unweighted.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def criteria(self) -> pd.DataFrame:
        """Compare one to four segments.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.heterogeneity.fimix.fimix_criteria`.

        Raises
        ------
        AbsentError
            The model has products or constructs of higher order.
        """
        require_plain(self._of.fitted_model)
        return self._of.wave.store.frame(
            f"segments-{self._key}", lambda: mixture_criteria(self._mixtures)
        )

    def choice(self) -> SegmentChoice:
        """Return what AIC3 and CAIC choose.

        Raises
        ------
        AbsentError
            As :meth:`criteria`, or no number of segments has a solution.
        """
        choice = choose_segments(self.criteria())
        if choice is None:
            raise AbsentError("no mixture of segments has a solution", reason="no_segments")
        return choice

    def paths(self) -> pd.DataFrame:
        """Path coefficients of the chosen number of segments.

        Returns
        -------
        DataFrame
            ``source``, ``target``, ``segment`` (from 1, the largest first),
            ``estimate`` and ``size``, the segment's share.

        Raises
        ------
        AbsentError
            As :meth:`choice`, or the criteria choose one segment.
        """
        kept = self._chosen
        table = kept["paths"].to_dataframe("estimate").reset_index()
        sizes = kept["shares"].to_dataframe("size").reset_index()
        found = in_model_order(table.merge(sizes), self._of.model)
        return found[["source", "target", "segment", "estimate", "size"]]

    def profile(self) -> pd.DataFrame:
        """Describe the segments by declared attributes, weighted where the study is.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.heterogeneity.profile.segment_profile`.

        Raises
        ------
        AbsentError
            As :meth:`paths`, or the codebook declares no attribute with
            categories.
        """
        responses = self._of.wave.responses
        attributes = responses.codebook.attributes
        columns = [
            name for name, each in attributes.items() if each.kind == "category" and each.labels
        ]
        segment = self._chosen["segment"]
        if not columns:
            raise AbsentError(
                "the codebook declares no attribute with categories", reason="no_attribute"
            )
        table = segment_profile(segment, responses, columns, self._of.weight)
        listed = [(name, value) for name in columns for value in attributes[name].labels]
        place = {pair: number for number, pair in enumerate(listed)}
        pairs = zip(table["attribute"], table["value"], strict=True)
        table["place"] = [place.get(pair, len(place)) for pair in pairs]
        ordered = table.sort_values(["place", "segment"], kind="stable")
        return ordered.drop(columns="place").reset_index(drop=True)

    def rebus_paths(self) -> pd.DataFrame:
        """Path coefficients of as many response-based segments.

        Returns
        -------
        DataFrame
            As of :meth:`paths`; see :func:`~csat_models.assessment.heterogeneity.rebus.rebus`.

        Raises
        ------
        AbsentError
            As :meth:`paths`, or the model or the sample is none for REBUS.
        """
        kept = self._rebus
        paths = kept["paths"].to_dataframe("estimate").reset_index()
        sizes = kept["size"].to_dataframe("size").reset_index()
        found = in_model_order(paths.merge(sizes), self._of.model)
        return found[["source", "target", "segment", "estimate", "size"]]

    def agreement(self) -> pd.DataFrame:
        """Compare the response-based segments with those of the mixture.

        Returns
        -------
        DataFrame
            One row: ``n_segments``, ``adjusted_rand``, ``quality`` (group quality index)
            and ``quality_whole`` (that of a single model), ``converged``.

        Raises
        ------
        AbsentError
            As :meth:`rebus_paths`.
        """
        kept = self._rebus
        both = (kept["segment"] > 0) & (self._chosen["segment"] > 0)
        codes = (each.to_numpy()[both] for each in (self._chosen["segment"], kept["segment"]))
        row = {
            "n_segments": kept["size"].sizes["segment"],
            "adjusted_rand": adjusted_rand(*codes),
            "quality": kept["quality"].item(),
            "quality_whole": kept["quality_whole"].item(),
            "converged": bool(kept["converged"]),
        }
        return pd.DataFrame([row])

    @cached_property
    def _rebus(self) -> dict[str, xr.DataArray]:
        number = self._chosen["shares"].sizes["segment"]
        return self._of.wave.store.arrays(
            f"rebus-{self._key}-{number}", lambda: self._respond(number)
        )

    def _respond(self, number: int) -> dict[str, xr.DataArray]:
        whole = self._of.estimates
        frame = self._of.wave.responses.frame.reset_index(drop=True)
        try:
            found = rebus(frame, whole, n_segments=number, seed=self._seed, n_starts=REBUS_STARTS)
        except (DataError, ModelError) as error:
            raise AbsentError(str(error), reason="no_rebus") from None
        labels = found.estimates.paths["segment"].to_numpy()
        sizes = [float((found.segment[found.segment > 0] == label).mean()) for label in labels]
        return {
            "segment": found.segment,
            "paths": found.estimates.paths,
            "size": xr.DataArray(sizes, {"segment": labels}, "segment"),
            "quality": xr.DataArray(found.quality),
            "quality_whole": xr.DataArray(group_quality(whole)),
            "converged": xr.DataArray(float(found.status == "ok")),
        }

    @cached_property
    def _chosen(self) -> dict[str, xr.DataArray]:
        choice = self.choice()
        if choice.n_segments == 1:
            raise AbsentError("the criteria choose one segment", reason="one_segment")
        kept = self._of.wave.store.arrays(f"mixtures-{self._key}", self._arrays)
        names = ("shares", "paths", "segment")
        return {name: kept[f"{name}_{choice.n_segments}"] for name in names}

    @cached_property
    def _mixtures(self) -> dict[int, Mixture | None]:
        return fimix_mixtures(
            self._scores(), self._of.model, segments=NUMBERS, seed=self._seed, n_starts=STARTS
        )

    def _arrays(self) -> dict[str, xr.DataArray]:
        rows = np.arange(len(self._of.wave.responses.frame))
        arrays = {}
        for number, found in self._mixtures.items():
            if found is None:
                continue
            known = found.segment.assign_coords(row=found.membership["row"].values)
            arrays[f"shares_{number}"] = found.shares
            arrays[f"paths_{number}"] = found.paths
            arrays[f"segment_{number}"] = known.reindex(row=rows, fill_value=0)
        return arrays

    def _scores(self) -> xr.DataArray:
        listwise = self._of.params.estimation.missing == "listwise"
        frame = self._of.wave.responses.frame.reset_index(drop=True)
        return scores(self._of.estimates, frame, missing="listwise" if listwise else "mean")

    @property
    def _seed(self) -> int:
        return self._of.params.bootstrap.seed

    @cached_property
    def _key(self) -> str:
        of = self._of
        return digest(
            of.wave.draws_key,
            of.model.to_text(),
            asdict(of.settings),
            [self._seed, list(NUMBERS), STARTS, REBUS_STARTS],
            library_digest("assessment", "workflow"),
        )
