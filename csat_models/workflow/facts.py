"""What the prose must know of a study, taken from its params and what was computed."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from csat_models.model.catalogue import CATALOGUE
from csat_models.report.narrative import StudyFacts
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.digests import package_versions
from csat_models.workflow.results.covariance import of_factors

_PROGRAMS = ("csat_models", "numpy", "scipy", "semopy")


def facts_of(of: Computation) -> StudyFacts:
    """Return the facts of a study.

    Parameters
    ----------
    of : Computation
        The study's.
    """
    params, frame = of.params, of.wave.responses.frame
    brands: Mapping[str, str] = of.brands or {}
    return StudyFacts(
        year=params.wave,
        years=tuple(wave.label for wave in of.waves),
        constructs=of.model.construct_names,
        n_items=len(of.model.items),
        n_obs=len(frame),
        n_units=frame[of.unit].nunique() if of.unit else 0,
        unit=of.unit or "city",
        by=brands.get("over"),
        ours=brands.get("ours"),
        theirs=brands.get("theirs"),
        n_boot=params.bootstrap.n_boot,
        level=of.level,
        weights=params.index.weights,
        scheme=of.settings.scheme,
        missing=params.estimation.missing,
        interval=params.bootstrap.interval,
        designed=of.wave.resampling.designed,
        persons=of.wave.codebook.respondent_id is not None,
        standardised=of.settings.standardised,
        weighted=of.weight is not None,
        consistent=of.settings.method == "plsc",
        interactions=of.settings.interactions if of.fitted_model.products else "",
        factors=of_factors(of.fitted_model),
        published=params.model in CATALOGUE,
        screened=params.screening.rows,
        groups=params.groups,
        replicates=of.wave.answers.replicates if of.weight is not None else "fixed",
        tolerance=of.settings.tolerance,
        seed=params.bootstrap.seed,
        software=_software(),
    )


def _software() -> str:
    """Return the programs that a reader needs to get the same numbers."""
    found = {"Python": platform.python_version(), **package_versions(_PROGRAMS)}
    return ", ".join(f"{name} {version}" for name, version in found.items())
