"""How a simulated survey is fielded: interviewers, clusters, modes, durations, gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from csat_models.errors import DataError
from csat_models.survey.simulated.misconduct import Misconduct

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_BISECTIONS = 60
_WHOLE = ("interviewers", "cluster_size")


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAtRandom:
    """Answers that go missing the more often, the lower another answer is.

    Attributes
    ----------
    rate : float
        Share of missing answers.
    on : str
        The item that it depends on; always answered.
    slope : float
        Change of the logit of the probability for one standard deviation of
        that item; negative: the dissatisfied leave gaps.
    """

    rate: float
    on: str
    slope: float = -1.0

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise DataError(
                f"the share of missing answers is {self.rate}; give one from 0 to 1", key="rate"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fieldwork:
    """How the interviews of a simulated survey are made.

    Attributes
    ----------
    interviewers : int
        In each combination of units; 0 for none.
    interviewer_icc, cluster_icc : float
        Intraclass correlations of the latent answers within an interviewer
        and within a cluster. The population's moments stay as they are: what
        respondents share is drawn with the items' own correlations.
    cluster_size : int
        Respondents a cluster (such as a street), within a unit; 0 for none.
    modes : mapping of str to float
        Shares of modes; those in `unattended` have no interviewer.
    mode_shift : mapping of str to float
        What the latent answers of a mode lie above the population's, in
        latent standard deviations.
    unattended : tuple of str
        Modes without interviewers.
    seconds_an_item : float
        Median time of an answer; times are log-normal.
    duration_sd : float
        Standard deviation of the log duration.
    missing_at_random : mapping of str to MissingAtRandom
        Items whose gaps depend on another item; the population's
        ``missing_rate`` is completely at random.
    misconduct : Misconduct
    """

    interviewers: int = 0
    interviewer_icc: float = 0.0
    cluster_size: int = 0
    cluster_icc: float = 0.0
    modes: Mapping[str, float] = field(default_factory=dict)
    mode_shift: Mapping[str, float] = field(default_factory=dict)
    unattended: tuple[str, ...] = ("web",)
    seconds_an_item: float = 8.0
    duration_sd: float = 0.3
    missing_at_random: Mapping[str, MissingAtRandom] = field(default_factory=dict)
    misconduct: Misconduct = field(default_factory=Misconduct)

    def __post_init__(self) -> None:
        shared = self.interviewer_icc + self.cluster_icc
        if min(self.interviewer_icc, self.cluster_icc) < 0 or shared >= 1:
            raise DataError(
                f"the intraclass correlations {self.interviewer_icc:g} and {self.cluster_icc:g} "
                "must not be negative, and must add up to less than 1; make them smaller"
            )
        self._require_sizes()
        strange = [name for name in self.mode_shift if name not in self.modes]
        if strange:
            raise DataError(
                f"'mode_shift' names the mode '{strange[0]}', which 'modes' does not have; it has "
                f"{', '.join(self.modes) or 'none'}",
                mode=strange[0],
            )

    def _require_sizes(self) -> None:
        for name in ("interviewers", "cluster_size", "duration_sd", "seconds_an_item"):
            value = getattr(self, name)
            if value < 0 or (name in _WHOLE and value != int(value)):
                kind = "whole number" if name in _WHOLE else "number"
                raise DataError(f"{name}={value} cannot be; write a {kind}, 0 or more", key=name)
        shares = list(self.modes.values())
        if shares and (min(shares) < 0 or not sum(shares) > 0):
            raise DataError(
                f"the shares of the modes are {', '.join(f'{share:g}' for share in shares)}; none "
                "may be negative, and one must be above 0",
                key="modes",
            )


def assign_interviews(
    fieldwork: Fieldwork, unit: Index, n_units: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Give respondents modes, interviewers and clusters.

    Parameters
    ----------
    fieldwork : Fieldwork
    unit : ndarray of int, shape (n,)
        Each respondent's combination of units.
    n_units : int
    rng : Generator

    Returns
    -------
    DataFrame
        n rows: ``mode``, ``interviewer`` (empty where there is none) and
        ``cluster``, all text.
    """
    n_rows = len(unit)
    mode = np.full(n_rows, "", dtype="U32")
    if fieldwork.modes:
        shares = np.array(list(fieldwork.modes.values()), dtype=np.float64)
        mode = rng.choice(np.array(list(fieldwork.modes)), n_rows, p=shares / shares.sum())
    interviewer = np.full(n_rows, "", dtype="U16")
    if fieldwork.interviewers:
        number = unit * fieldwork.interviewers + rng.integers(0, fieldwork.interviewers, n_rows)
        digits = len(str(n_units * fieldwork.interviewers))
        named = np.array([f"I{k + 1:0{digits}d}" for k in range(n_units * fieldwork.interviewers)])
        interviewer = np.where(np.isin(mode, fieldwork.unattended), "", named[number])
    cluster = np.full(n_rows, "", dtype="U16")
    if fieldwork.cluster_size:
        order = np.lexsort((rng.random(n_rows), unit))
        size = np.bincount(unit, minlength=n_units)
        place = np.arange(n_rows) - np.repeat(np.cumsum(size) - size, size)
        within = np.empty(n_rows, dtype=np.int64)
        within[order] = place // fieldwork.cluster_size
        cluster = np.array([f"C{u + 1}-{k + 1}" for u, k in zip(unit, within, strict=True)])
    return pd.DataFrame({"mode": mode, "interviewer": interviewer, "cluster": cluster})


def shared_normals(
    normals: Array, groups: Sequence[tuple[NDArray[np.str_], float]], rng: np.random.Generator
) -> Array:
    r"""Let respondents of a group share a part of their innovations.

    Parameters
    ----------
    normals : ndarray, shape (n, M)
        Independent standard normals.
    groups : sequence of (ndarray of str (n,), float)
        Labels (empty: no group) and the intraclass correlation of each kind.
    rng : Generator

    Returns
    -------
    ndarray, shape (n, M)
        Standard normals, :math:`\sqrt{1 - \sum\rho}\,z + \sum \sqrt\rho\,u_g`, so
        that everything made of them is distributed as before within a row.
    """
    result, rest = np.zeros_like(normals), np.ones(len(normals))
    for labels, icc in groups:
        if icc <= 0:
            continue
        code = np.unique(labels, return_inverse=True)[1]
        own = rng.standard_normal((int(code.max(initial=0)) + 1, normals.shape[1]))
        inside = labels != ""
        result += np.sqrt(icc) * own[code] * inside[:, None]
        rest -= icc * inside
    return np.asarray(result + np.sqrt(rest)[:, None] * normals)


def draw_gaps(
    scores: pd.DataFrame, rules: Mapping[str, MissingAtRandom], rng: np.random.Generator
) -> pd.DataFrame:
    """Draw which answers are missing at random, n rows, one column an item in `rules`.

    Raises
    ------
    DataError
        A rule on an item that is not there or that has gaps itself.
    """
    gaps = {}
    for name, rule in rules.items():
        if name not in scores or rule.on not in scores or rule.on in rules:
            raise DataError(
                f"the gaps of '{name}' depend on '{rule.on}'; both must be items of the "
                "population, and the second one without such a rule of its own",
                item=name,
            )
        value = scores[rule.on].to_numpy()
        z = (value - value.mean()) / (value.std() or 1.0)
        gaps[name] = rng.random(len(z)) < _chances(z, rule)
    return pd.DataFrame(gaps, index=scores.index)


def _chances(z: Array, rule: MissingAtRandom) -> Array:
    """Logistic probabilities whose mean is the rate."""
    if not 0 < rule.rate < 1:
        return np.full(len(z), float(rule.rate > 0))
    low, high = -40.0, 40.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        mean = float(expit(middle + rule.slope * z).mean())
        low, high = (middle, high) if mean < rule.rate else (low, middle)
    return np.asarray(expit((low + high) / 2 + rule.slope * z))
