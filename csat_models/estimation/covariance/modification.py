r"""What would improve the model: score tests of parameters that it fixes or holds equal.

A fixed parameter :math:`\psi` is tested at the estimates, without another fit,
by its gradient g and its information net of the free parameters,
:math:`i = I_{\psi\psi} - I_{\psi\theta} I_{\theta\theta}^{-1} I_{\theta\psi}`: the
modification index :math:`g^2 / i` is about the fall of chi-square if it were
free, the expected parameter change :math:`g / i` the value that it would take.

References
----------
Soerbom (1989), Model modification, Psychometrika 54, 371-384; Saris, Satorra
and Soerbom (1987), The detection and correction of specification errors in
structural equation models, Sociological Methodology 17, 105-129; MacCallum,
Roznowski and Necowitz (1992), Psychological Bulletin 111, 490-504, on why a
model changed by its indices has to be tested on other data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from csat_models.estimation.covariance.elements import Matrix, Parameter
from csat_models.estimation.covariance.fit_measures import chi_square_p
from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.likelihood import evaluate
from csat_models.estimation.covariance.parameter_estimates import standard_units
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.sample import Array

COLUMNS = (
    "group",
    "lhs",
    "op",
    "rhs",
    "modification_index",
    "expected_change",
    "standardised_change",
    "p_value",
)


def modification_indices(found: CovarianceFit) -> pd.DataFrame:
    r"""Return the score test of every parameter that the model leaves out.

    Loadings on other constructs, covariances of residuals, paths between
    constructs, covariances of their residuals.

    Parameters
    ----------
    found : CovarianceFit

    Returns
    -------
    DataFrame
        Largest first: ``group``, ``lhs``, ``op``, ``rhs``,
        ``modification_index`` (chi-square on 1 df), ``expected_change``,
        ``standardised_change``, ``p_value``. Parameters that could not be
        identified are left out.

    Examples
    --------
    >>> from csat_models import Moments, PathModel
    >>> from csat_models.estimation.covariance.fitting import fit_covariance
    >>> model = PathModel.parse("Q =~ Q1 + Q2 + Q3 + Q4 + Q5")
    >>> corr = np.full((5, 5), 0.4) + 0.6 * np.eye(5)
    >>> corr[0, 1] = corr[1, 0] = 0.6  # more than what both share with the others
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 5, cov=corr, n_obs=200)
    >>> modification_indices(fit_covariance(moments, model)).loc[0, ["lhs", "op", "rhs"]].tolist()
    ['Q1', '~~', 'Q2']
    """
    more = list(omitted_parameters(found.table))
    if not more:
        return pd.DataFrame(columns=list(COLUMNS))
    table = found.table.extended(more)
    theta = np.concatenate([found.theta, np.zeros(table.n_free - found.table.n_free)])
    gradient, information = _score(found, table, theta)
    index, change = score_tests(gradient, information, found.table.n_free)
    units = standard_units(table, table.expand(theta))[:, -len(more) :].ravel()
    rows = [(group, p.lhs, p.op, p.rhs) for group in found.table.groups for p in more]
    frame = pd.DataFrame(rows, columns=list(COLUMNS[:4]))
    frame["modification_index"], frame["expected_change"] = index, change
    frame["standardised_change"] = change * units
    return _sorted(frame)


def release_indices(found: CovarianceFit) -> pd.DataFrame:
    """Return the score test of every parameter that is held equal between groups.

    Parameters
    ----------
    found : CovarianceFit
        Of several groups, with ``equal=``.

    Returns
    -------
    DataFrame
        As of :func:`modification_indices`; each row tests whether the
        parameter of that group differs from that of the others, and
        ``expected_change`` is by how much.
    """
    table = found.table
    shared = [r for r in range(len(table.parameters)) if _is_shared(table, r)]
    groups = range(len(table.groups)) if len(table.groups) > 2 else (1,)  # noqa: PLR2004
    places = [(g, r) for r in shared for g in groups]
    rows = [
        (table.groups[g], table.parameters[r].lhs, table.parameters[r].op, table.parameters[r].rhs)
        for g, r in places
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS[:4]))
    found_by = [_release(found, g, r) for g, r in places]
    frame[list(COLUMNS[4:7])] = np.array(found_by).reshape(-1, 3)
    return _sorted(frame)


def _release(found: CovarianceFit, g: int, r: int) -> tuple[float, float, float]:
    """Index, expected change and standardised change of one parameter of one group."""
    free = found.table.free.copy()
    shared = int(free[g, r])
    free[g, r] = found.table.n_free
    table = replace(found.table, free=free)
    theta = np.append(found.theta, found.theta[shared])
    gradient, information = _score(found, table, theta)
    step = np.linalg.solve(information, gradient)
    change = float(step[-1] - step[shared])
    unit = float(standard_units(table, table.expand(theta))[g, r])
    return float(gradient @ step), change, change * unit


def score_tests(gradient: Array, information: Array, n_free: int) -> tuple[Array, Array]:
    """Test each parameter beyond the first `n_free` by itself.

    Parameters
    ----------
    gradient : array (..., P)
    information : array (..., P, P)
    n_free : int

    Returns
    -------
    index, change : array (..., P - n_free)
        Missing where the parameter is not identified beside the free ones.
    """
    own = np.s_[..., n_free:, n_free:]
    cross = information[..., :n_free, n_free:]
    free = information[..., :n_free, :n_free]
    explained = np.einsum("...fe,...fe->...e", cross, np.linalg.solve(free, cross))
    whole = np.einsum("...ee->...e", information[own])
    net = whole - explained
    usable = net > 1e-8 * whole
    net = np.where(usable, net, np.nan)
    score = gradient[..., n_free:]
    return score**2 / net, score / net


def omitted_parameters(table: ParameterTable) -> Iterator[Parameter]:
    """Yield loadings, covariances and paths that the model does not have."""
    items, names = table.items, table.constructs
    known = {(p.matrix, p.row, p.col) for p in table.parameters}
    inner = {p.row for p in table.parameters if p.op == "=~" and p.matrix == "path"}
    higher = {p.col for p in table.parameters if p.op == "=~" and p.matrix == "path"}
    exact = _exact_items(table)
    for j, name in enumerate(names):
        for k, item in enumerate(items):
            if ("loading", k, j) not in known and k not in exact and j not in higher:
                yield Parameter(lhs=name, op="=~", rhs=item, matrix="loading", row=k, col=j)
    for k, m in combinations([k for k in range(len(items)) if k not in exact], 2):
        if not known.intersection({("residual_cov", k, m), ("residual_cov", m, k)}):
            yield _between(items, k, "~~", m, "residual_cov")
    for j, other in combinations([j for j in range(len(names)) if j not in inner], 2):
        for target, source in ((j, other), (other, j)):
            if ("path", target, source) not in known:
                yield _between(names, target, "~", source, "path")
        if not known.intersection({("construct_cov", j, other), ("construct_cov", other, j)}):
            yield _between(names, j, "~~", other, "construct_cov")


def _between(names: Sequence[str], row: int, op: str, col: int, matrix: Matrix) -> Parameter:
    return Parameter(lhs=names[row], op=op, rhs=names[col], matrix=matrix, row=row, col=col)


def _exact_items(table: ParameterTable) -> set[int]:
    """Items that are their construct, without error."""
    return {
        p.row
        for p in table.parameters
        if p.matrix == "residual_cov" and p.row == p.col and p.fixed == 0
    }


def _is_shared(table: ParameterTable, r: int) -> bool:
    numbers = table.free[:, r]
    return len(table.groups) > 1 and int(numbers[0]) >= 0 and len(set(numbers.tolist())) == 1


def _score(found: CovarianceFit, table: ParameterTable, theta: Array) -> tuple[Array, Array]:
    there = evaluate(table, theta, found.sums)
    return there.gradient, there.information


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    frame["p_value"] = [chi_square_p(value, 1) for value in frame["modification_index"]]
    kept = frame[frame["modification_index"].notna()]
    order = kept["modification_index"].sort_values(ascending=False, kind="stable").index
    return kept.loc[order, list(COLUMNS)].reset_index(drop=True)
