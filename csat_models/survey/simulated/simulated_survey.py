"""A whole simulated survey: respondents over waves, how they were interviewed, what is true."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.intake.responses import Responses
from csat_models.survey.simulated.discretisation import discretise
from csat_models.survey.simulated.misconduct import misbehave
from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulated_field import (
    Fieldwork,
    assign_interviews,
    draw_gaps,
    shared_normals,
)
from csat_models.survey.simulated.simulation import (
    WaveSample,
    draw_missing,
    draw_waves,
    strata_frame,
)

Array = NDArray[np.float64]

_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedSurvey:
    """Simulated interviews and the truth about them.

    Attributes
    ----------
    frame : DataFrame
        One row an interview: ``wave``, ``respondent_id``, the unit columns,
        ``group``, ``weight``, ``mode``, ``interviewer``, ``cluster``,
        ``duration`` (seconds) and the items, missing answers as NaN.
    truth : DataFrame
        The same rows: ``fraud``, ``speeder``, ``straight_line``,
        ``delighted``, as declared by the misconduct.
    population : Population
        That it was drawn from.
    """

    frame: pd.DataFrame
    truth: pd.DataFrame
    population: Population

    def codebook(self) -> Codebook:
        """Write the codebook of the survey."""
        return _codebook(self.population, self.frame)

    def responses(self, wave: Hashable | None = None) -> Responses:
        """Return the interviews of one wave (all by default) as responses."""
        rows = np.ones(len(self.frame), bool) if wave is None else self.frame["wave"] == wave
        codebook = self.codebook()
        frame = self.frame.loc[rows, list(codebook.columns)].reset_index(drop=True)
        for name, attribute in codebook.attributes.items():
            if attribute.labels:
                labels = list(attribute.labels)
                frame[name] = pd.Categorical(frame[name].astype("str"), labels, ordered=True)
        return Responses(
            frame=frame,
            codebook=codebook,
            log=(f"{len(frame)} rows simulated",),
            sha256=_NO_DIGEST,
            source="simulated survey",
            row_numbers=np.arange(2, len(frame) + 2),
        )


def simulate_survey(
    population: Population,
    seed: int,
    *,
    fieldwork: Fieldwork | None = None,
    waves: Sequence[Hashable] | None = None,
) -> SimulatedSurvey:
    r"""Draw a survey from a population: answers, field work, misconduct, gaps.

    Whatever is declared can be combined: the population says what is true
    (structure, means by wave, unit and group, scales, thresholds, who returns),
    the field work what happens to it (interviewers, clusters, modes, durations,
    gaps, misconduct).

    Parameters
    ----------
    population : Population
        Structure, scales, thresholds, means, customers, sample sizes,
        returning respondents, answers missing completely at random.
    seed : int
        The same seed gives the same survey.
    fieldwork : Fieldwork, optional
        Interviewers, clusters, modes, durations, answers missing at random,
        misconduct; by default none of them.
    waves : sequence of labels, optional
        All by default.

    Returns
    -------
    SimulatedSurvey
        Its moments are :meth:`Population.item_moments` in expectation unless
        modes shift answers, answers go missing, or somebody misbehaves.

    Raises
    ------
    DataError
        A wave that the population does not have, field work that names an
        item or mode that does not exist, or a seed that is none.

    Examples
    --------
    >>> population = Population.declare("Quality =~ 0.8*Q1 + 0.7*Q2", mean=7.5, sample_size=4)
    >>> survey = simulate_survey(population, seed=1, fieldwork=Fieldwork(interviewers=2))
    >>> survey.frame.columns.tolist()[-3:], len(survey.responses().frame)
    (['duration', 'Q1', 'Q2'], 4)

    Two cities, a tenth of the answers to T3 missing where T1 is low, lower scores on the
    web, and an interviewer of eight who copies a third of the interviews; who that is, the
    survey knows, and screening finds out.

    >>> import xarray as xr
    >>> from csat_models.survey import Misconduct, MissingAtRandom, ScreeningRules, screen
    >>> items = [f"{name}{k}" for name in "ST" for k in range(1, 7)]
    >>> mean = xr.DataArray(
    ...     [[7.0] * 12, [8.0] * 12], [("city", ["Hefei", "Wuhu"]), ("item", items)]
    ... )
    >>> loadings = {name: " + ".join(f"0.8*{name}{k}" for k in range(1, 7)) for name in "ST"}
    >>> text = "S =~ {S}\nT =~ {T}\nT ~ 0.6*S".format(**loadings)
    >>> population = Population.declare(text, mean=mean, sample_size=400)
    >>> fieldwork = Fieldwork(
    ...     interviewers=4,
    ...     interviewer_icc=0.02,
    ...     modes={"phone": 0.7, "web": 0.3},
    ...     mode_shift={"web": -0.3},
    ...     missing_at_random={"T3": MissingAtRandom(rate=0.1, on="T1")},
    ...     misconduct=Misconduct(
    ...         fraudulent_interviewers=1 / 8, fabrication="copies", fabricated=1 / 3
    ...     ),
    ... )
    >>> survey = simulate_survey(population, seed=1, fieldwork=fieldwork)
    >>> guilty = survey.frame.loc[survey.truth["fraud"], "interviewer"].unique().tolist()
    >>> flags = screen(
    ...     survey.responses(), ScreeningRules(interviewer="interviewer", within=("city",))
    ... )
    >>> table = flags.tables["interviewer"]
    >>> table.loc[table["flagged"], "interviewer"].tolist() == guilty
    True
    """
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise DataError(f"seed={seed!r} is no seed; write a whole number, 0 or more", seed=seed)
    rng = np.random.default_rng(seed)
    field = fieldwork or Fieldwork()
    parts, truths, names = [], [], _Names()
    for sample in draw_waves(population, population.find_waves(waves), rng):
        frame, truth = _field_wave(population, field, sample, rng)
        frame.insert(1, "respondent_id", names.of(sample))
        parts.append(frame)
        truths.append(truth)
    return SimulatedSurvey(
        frame=pd.concat(parts, ignore_index=True),
        truth=pd.concat(truths, ignore_index=True),
        population=population,
    )


class _Names:
    """Respondents' names; who returns keeps the name."""

    def __init__(self) -> None:
        self._before = np.zeros(0, dtype="U16")
        self._count = 0

    def of(self, sample: WaveSample) -> NDArray[np.str_]:
        new = sample.previous < 0
        names = np.empty(len(new), dtype="U16")
        names[~new] = self._before[sample.previous[~new]]
        fresh = range(self._count + 1, self._count + int(new.sum()) + 1)
        names[new] = [f"R{k:07d}" for k in fresh]
        self._before, self._count = names, self._count + int(new.sum())
        return names


def _field_wave(
    population: Population, fieldwork: Fieldwork, sample: WaveSample, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    strata = strata_frame(population, sample)
    n_groups = population.customers.sizes["group"]
    n_units = population.customers.size // n_groups
    interviews = assign_interviews(fieldwork, sample.stratum // n_groups, n_units, rng)
    scores = _answers(population, fieldwork, sample, interviews, rng)
    pace = np.exp(fieldwork.duration_sd * rng.standard_normal(len(scores)))
    truth = misbehave(
        scores,
        pace,
        interviews["interviewer"].to_numpy(dtype=np.str_),
        misconduct=fieldwork.misconduct,
        low=population.low,
        high=population.high,
        rng=rng,
    )
    items = pd.DataFrame(scores, columns=list(population.structure.items))
    blank = pd.DataFrame(draw_missing(population, len(items), rng), columns=items.columns)
    gaps = draw_gaps(items, fieldwork.missing_at_random, rng)
    blank[gaps.columns] = blank[gaps.columns] | gaps
    items = items.mask(blank)
    seconds = fieldwork.seconds_an_item * items.notna().sum(axis=1) * pace
    wave = pd.DataFrame({"wave": [sample.wave] * len(items)})
    frame = pd.concat([wave, strata, interviews], axis=1).assign(duration=seconds.round())
    return pd.concat([frame, items], axis=1), truth


def _answers(
    population: Population,
    fieldwork: Fieldwork,
    sample: WaveSample,
    interviews: pd.DataFrame,
    rng: np.random.Generator,
) -> Array:
    groups = [
        (interviews["interviewer"].to_numpy(dtype=np.str_), fieldwork.interviewer_icc),
        (interviews["cluster"].to_numpy(dtype=np.str_), fieldwork.cluster_icc),
    ]
    normals = shared_normals(sample.normals, groups, rng)
    means = population.latent_mean.sel(wave=sample.wave).values.reshape(
        -1, len(population.structure.items)
    )
    shift = interviews["mode"].map(dict(fieldwork.mode_shift)).fillna(0.0).to_numpy(np.float64)
    standard = normals @ population.structure.mixing + shift[:, None]
    latent = means[sample.stratum] + population.spread * standard
    return discretise(latent, population.low, population.high, population.cuts)


def _codebook(population: Population, frame: pd.DataFrame) -> Codebook:
    structure = population.structure
    ends = zip(population.low.tolist(), population.high.tolist(), strict=True)
    items = {
        name: {
            "construct": structure.construct_of(name),
            "scale": [low, high],
            "text": _text(name),
        }
        for name, (low, high) in zip(structure.items, ends, strict=True)
    }
    category = [*population.units, "group", "wave"]
    attributes = dict(_attributes(frame, category))
    return Codebook.model_validate(
        {
            "respondent_id": "respondent_id",
            "unique_respondents": False,
            "weight": "weight",
            "constructs": {name: _text(name) for name in structure.constructs},
            "items": items,
            "attributes": attributes,
        }
    )


def _attributes(frame: pd.DataFrame, category: Sequence[str]) -> Iterator[tuple[str, object]]:
    for name in category:
        values = dict.fromkeys(str(value) for value in frame[name])
        labels = {value: _text(value) for value in values}
        yield name, {"kind": "category", "label": _text(name), "labels": labels}
    for name in ("mode", "interviewer", "cluster"):
        yield name, {"kind": "text", "label": _text(name)}
    yield "duration", {"kind": "number", "label": _text("duration")}


def _text(name: str) -> dict[str, str]:
    return {"zh": name, "en": name}
