"""The demonstration study: raw files, declared levels and the exact truth.

The data are simulated, so the true value of everything that is estimated from
them is known::

    python -m csat_models.survey.demonstration data/raw
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.survey.simulated import province, questionnaire, simulation
from csat_models.survey.simulated.comments import write_comments
from csat_models.survey.simulated.fieldwork import (
    Behaviour,
    describe_interviews,
    describe_people,
    draw_behaviour,
)
from csat_models.survey.simulated.population import ItemMoments, Missing, Population
from csat_models.survey.simulated.simulation import (
    WaveSample,
    draw_missing,
    draw_waves,
    strata_frame,
)
from csat_models.survey.simulated.structure import Structure

SEED = 2024
WAVES = province.WAVES
RETURNING, CARRY_OVER = 0.30, 0.6
COLUMNS = (
    *("respondent_id", "city", "operator", "group", "tenure", "age", "sex", "area"),
    *("mode", "interviewer", "duration", "weight", *questionnaire.ITEMS),
    *("comment", "stayed_next", "spend_next", "referrals_next"),
)

_COMPRESSION = 9


def declared_level(city: str, operator: str, construct: str, wave: int = WAVES[-1]) -> float:
    """Level of a construct on the 0-100 scale, as declared.

    It is the plain mean of the population levels of the construct's items;
    where they are all the same (network and business of the example city) the
    index is this level whatever the weights.

    Examples
    --------
    >>> declared_level("linjiang", "rival", "Network")
    75.94
    """
    level = province.declared_levels().sel(
        city=city, operator=operator, construct=construct, wave=wave
    )
    return float(level)


@cache
def population() -> Population:
    """Return the province's population: 11 cities, 2 operators, 3 groups, 8 waves."""
    rates = {
        item: questionnaire.MISSING_RATES.get(item, questionnaire.MISSING_RATE)
        for item in questionnaire.ITEMS
    }
    structure = Structure.parse(questionnaire.STRUCTURE)
    return Population.declare(
        questionnaire.STRUCTURE,
        mean=_item_means(structure),
        scales=questionnaire.SCALES,
        group_shift=_group_shift(structure),
        customers=province.customers(),
        sample_size=province.sample_sizes(),
        missing_rate=rates,
        returning=RETURNING,
        carry_over=CARRY_OVER,
    )


def _item_means(structure: Structure) -> xr.DataArray:
    levels = province.declared_levels().sel(wave=list(WAVES))
    owner = [structure.construct_of(item) for item in structure.items]
    level = levels.sel(construct=xr.DataArray(owner, dims="item"))
    level = level.drop_vars("construct").assign_coords(item=list(structure.items))
    ends = [questionnaire.SCALES.get(item, (1.0, 10.0)) for item in structure.items]
    low, high = np.array(ends).T
    mean: xr.DataArray = low + (high - low) * (level + _offsets(structure)) / 100.0
    return mean


def _offsets(structure: Structure) -> xr.DataArray:
    base = np.array([questionnaire.OFFSETS.get(item, 0.0) for item in structure.items])
    owner = np.array([structure.construct_of(item) for item in structure.items])
    table = np.tile(base, (len(province.CITIES), len(province.OPERATORS), 1))
    table[
        province.CITIES.index(province.EXAMPLE_CITY), :, np.isin(owner, questionnaire.UNIFORM)
    ] = 0
    for city, spots in questionnaire.WEAK_SPOTS.items():
        for item, points in spots.items():
            k = structure.items.index(item)
            same = owner == owner[k]
            extra = np.where(same, -points / (same.sum() - 1), 0.0)
            extra[k] = points
            table[province.CITIES.index(city), 0] += extra
    coords = [
        ("city", list(province.CITIES)),
        ("operator", list(province.OPERATORS)),
        ("item", list(structure.items)),
    ]
    return xr.DataArray(table, coords)


def _group_shift(structure: Structure) -> xr.DataArray:
    owner = [structure.construct_of(item) for item in structure.items]
    table = [
        [questionnaire.GROUP_SHIFTS[group].get(name, 0.0) for name in owner]
        for group in province.GROUPS
    ]
    return xr.DataArray(table, [("group", list(province.GROUPS)), ("item", list(structure.items))])


def truth(waves: int | Sequence[int] | None = WAVES[-1], missing: Missing = "mean") -> ItemMoments:
    """Exact population moments of the items, cell by cell.

    Parameters
    ----------
    waves : int, sequence of int or None
        One wave, or several (None: all) pooled as the survey weights pool
        them.
    missing : {"mean", "none"}
        As an estimator sees them that replaces missing answers by the mean
        of their cell (default), or of complete answers.

    Returns
    -------
    ItemMoments
        Dims (city, operator, item); all items but those asked only of
        complainers. :meth:`ItemMoments.pool` merges cells.
    """
    kept = [item for item in questionnaire.ITEMS if item not in questionnaire.FILTERED]
    return population().item_moments(_as_list(waves), missing).select(kept)


def _as_list(waves: int | Sequence[int] | None) -> Sequence[int] | None:
    return [waves] if isinstance(waves, int) else waves


def simulate_scores(waves: int | Sequence[int] | None = None, seed: int = SEED) -> pd.DataFrame:
    """Draw a fresh sample, scores only: the quick way for simulation studies.

    Parameters
    ----------
    waves : int or sequence of int, optional
        All by default. The first of them has no returning respondents.
    seed : int
        The same seed gives the same sample (another one than the same seed
        gives in :func:`simulate`).

    Returns
    -------
    DataFrame
        One row a respondent: wave, city, operator, group, weight, items;
        missing and unasked answers are NaN.
    """
    frame = simulation.simulate_scores(population(), seed, _as_list(waves))
    frame.loc[frame["COMPLAINED"] == 0, list(questionnaire.FILTERED)] = np.nan
    return frame


def simulate(waves: int | Sequence[int] | None = None, seed: int = SEED) -> dict[int, pd.DataFrame]:
    """Draw a fresh sample of whole files, as they would come from the field.

    Parameters
    ----------
    waves : int or sequence of int, optional
        All by default. The first of them has no returning respondents.
    seed : int
        The same seed and waves give the same files.

    Returns
    -------
    dict of int to DataFrame
        Wave to table with the columns :data:`COLUMNS`; missing answers are
        coded 98 and 99, unasked ones missing (``<NA>``).
    """
    rng = np.random.default_rng(seed)
    asked = population().find_waves(_as_list(waves))
    samples = list(draw_waves(population(), asked, rng))
    followers = [*samples[1:], None]
    files: dict[int, pd.DataFrame] = {}
    people: pd.DataFrame | None = None
    for sample, follower in zip(samples, followers, strict=True):
        wave = int(str(sample.wave))
        strata = strata_frame(population(), sample)
        group = strata["group"].to_numpy(dtype=np.str_)
        people = describe_people(group, wave, sample.previous, people, rng)
        files[wave] = _assemble(sample, follower, strata, people, rng)
    return files


def _assemble(
    sample: WaveSample,
    follower: WaveSample | None,
    strata: pd.DataFrame,
    people: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    group = strata["group"].to_numpy(dtype=np.str_)
    city = strata["city"].to_numpy(dtype=np.str_)
    scores = pd.DataFrame(sample.scores, columns=list(population().structure.items))
    interviews = describe_interviews(city, group, rng)
    comment = _comments(scores, rng)
    returns = None if follower is None else np.isin(np.arange(len(scores)), follower.previous)
    behaviour = draw_behaviour(scores, group, returns, RETURNING, rng)
    blank = draw_missing(population(), len(scores), rng)
    answers = _code_answers(scores, blank, rng)
    last = sample.wave == WAVES[-1]
    frame = pd.concat([people, strata, interviews, answers, _record(behaviour, last)], axis=1)
    frame = frame.assign(comment=comment, weight=strata["weight"].round(6))
    shuffled = frame.iloc[rng.permutation(len(frame))]
    return shuffled[list(COLUMNS)].reset_index(drop=True)


def _comments(scores: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.object_]:
    satisfaction = scores[["SAT1", "SAT2", "SAT3"]].to_numpy().mean(axis=1)
    topics = (("COV1", "DAT1", "VOI1"), ("TAR1", "TAR2", "PRO1"), ("TP_BUY", "TP_PAY", "TP_REPAIR"))
    means = [scores[list(items)].to_numpy().mean(axis=1) for items in topics]
    return write_comments(satisfaction, np.stack(means, axis=1), rng)


def _code_answers(
    scores: pd.DataFrame, blank: NDArray[np.bool_], rng: np.random.Generator
) -> pd.DataFrame:
    refused = rng.random(blank.shape) < questionnaire.REFUSED_SHARE
    code = np.where(refused, questionnaire.REFUSED, questionnaire.DONT_KNOW)
    coded = np.where(blank, code, scores.to_numpy()).astype(np.int64)
    answers = pd.DataFrame(coded, columns=scores.columns)
    for item in questionnaire.FILTERED:
        answers[item] = answers[item].astype("Int64").mask(scores["COMPLAINED"] == 0)
    return answers


def _record(behaviour: Behaviour, last: bool) -> pd.DataFrame:
    records = pd.DataFrame(
        {
            "stayed_next": behaviour.stayed.astype(np.int64),
            "spend_next": behaviour.spend,
            "referrals_next": behaviour.referrals,
        }
    ).astype("Int64")
    return records.mask(np.full(records.shape, last))


def encode_file(frame: pd.DataFrame) -> bytes:
    """Encode a table as a raw file: CSV in UTF-8, gzipped, the same bytes each time."""
    text = frame.to_csv(index=False, lineterminator="\n", encoding="utf-8")
    buffer = io.BytesIO()
    with gzip.GzipFile(
        filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=buffer, mtime=0
    ) as stream:
        stream.write(text.encode("utf-8"))
    return buffer.getvalue()


def write_files(folder: str | Path, seed: int = SEED) -> tuple[Path, ...]:
    """Write the raw file of every wave into a folder, each by an atomic rename.

    Parameters
    ----------
    folder : str or Path
        Is made if it is not there.
    seed : int
        Of :func:`simulate`.

    Returns
    -------
    tuple of Path
        ``<folder>/<wave>.csv.gz``, wave by wave.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for wave, frame in simulate(seed=seed).items():
        path = target / f"{wave}.csv.gz"
        _replace(path, encode_file(frame))
        paths.append(path)
    return tuple(paths)


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the demonstration's raw files (the command of this module)."""
    parser = argparse.ArgumentParser(prog="python -m csat_models.survey.demonstration")
    parser.add_argument("folder", help="where the files go, such as data/raw")
    for path in write_files(parser.parse_args(arguments).folder):
        print(path)


if __name__ == "__main__":
    main()
