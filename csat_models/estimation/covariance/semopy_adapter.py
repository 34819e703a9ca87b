"""The same specification, estimated by semopy.

semopy gives the parameters that maximise the normal likelihood. Everything
else that it prints (fit measures, information criteria, standard errors with
missing answers) is left alone: see
:mod:`~csat_models.estimation.covariance.fit_measures`.

References
----------
Igolkina and Meshcheryakov (2020), semopy: a Python package for structural
equation modeling, Structural Equation Modeling 27, 952-963.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from csat_models.errors import ConvergenceError
from csat_models.estimation.covariance.elements import Parameter
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.sample import Array

# The search ends when the discrepancy changes by less than ftol.
OPTIONS = {"ftol": 1e-12, "maxiter": 1000}


def semopy_description(table: ParameterTable) -> str:
    r"""Write a covariance structure in semopy's language.

    Names become ``item0``, ``construct0`` and so on, since semopy sorts by
    name, and so that any name of an item is possible.

    Parameters
    ----------
    table : ParameterTable
        Of one group.

    Examples
    --------
    >>> from csat_models import PathModel
    >>> table = ParameterTable.of(PathModel.parse("Q =~ Q1 + Q2\nS =~ S1\nS ~ Q"))
    >>> print(semopy_description(table))
    construct000 =~ 1.0*item000
    construct000 =~ item001
    construct001 =~ 1.0*item002
    construct001 ~ construct000
    item000 ~~ item000
    item001 ~~ item001
    item002 ~~ 0.0*item002
    construct000 ~~ construct000
    construct001 ~~ construct001
    """
    lines = [_line(p) for p in table.parameters if p.matrix not in ("intercept", "mean")]
    if table.mean_structure:
        lines += [f"{_item(k)} ~ 1" for k in range(len(table.items))]
    return "\n".join(lines)


def semopy_parameters(table: ParameterTable, cov: Array, n_obs: int) -> Array:
    """Maximum-likelihood estimates from covariances.

    Parameters
    ----------
    table : ParameterTable
        Of one group.
    cov : array (K, K)
        With divisor n.
    n_obs : int

    Returns
    -------
    array (P,)
        Of the free parameters; means, where they are modelled, are left 0.

    Raises
    ------
    ConvergenceError
        semopy found no maximum.
    """
    names = [_item(k) for k in range(len(table.items))]
    frame = pd.DataFrame(cov, index=names, columns=names)
    structure = [p for p in table.parameters if p.matrix not in ("intercept", "mean")]
    with _quietly():
        import semopy

        lines = "\n".join(_line(p) for p in structure)
        model = semopy.Model(lines)
        outcome = _search(lambda: model.fit(cov=frame, n_samples=n_obs, options=OPTIONS))
    _require_success(outcome)
    return _read(model, table)


def semopy_incomplete(table: ParameterTable, rows: Array) -> Array:
    """Maximum-likelihood estimates from rows with missing answers, means included.

    Parameters
    ----------
    table : ParameterTable
        Of one group, with ``mean_structure``.
    rows : array (n, K)
        NaN where missing.

    Returns
    -------
    array (P,)

    Raises
    ------
    ConvergenceError
        semopy found no maximum.
    """
    frame = pd.DataFrame(rows, columns=[_item(k) for k in range(len(table.items))])
    with _quietly():
        import semopy

        model = semopy.ModelMeans(semopy_description(table))
        outcome = _search(lambda: model.fit(frame, options=OPTIONS))
    _require_success(outcome)
    return _read(model, table)


def _item(k: int) -> str:
    return f"item{k:03d}"


def _construct(j: int) -> str:
    return f"construct{j:03d}"


def _line(p: Parameter) -> str:
    fixed = "" if p.fixed is None else f"{p.fixed}*"
    if p.matrix == "loading":
        return f"{_construct(p.col)} =~ {fixed}{_item(p.row)}"
    if p.matrix == "residual_cov":
        return f"{_item(p.row)} ~~ {fixed}{_item(p.col)}"
    if p.matrix == "construct_cov":
        return f"{_construct(p.row)} ~~ {fixed}{_construct(p.col)}"
    if p.op == "=~":
        return f"{_construct(p.col)} =~ {fixed}{_construct(p.row)}"
    return f"{_construct(p.row)} ~ {fixed}{_construct(p.col)}"


def _search(fit: Any) -> Any:
    try:
        return fit()
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        raise ConvergenceError(f"semopy found no maximum of the likelihood: {error}") from None


def _require_success(outcome: Any) -> None:
    outcomes = outcome if isinstance(outcome, tuple) else (outcome,)
    if not all(part.success for part in outcomes):
        raise ConvergenceError("semopy found no maximum of the likelihood")


def _read(model: Any, table: ParameterTable) -> Array:
    """Take the free parameters out of semopy's matrices, which it orders by name."""
    sources = {
        "loading": (model.mx_lambda, model.names_lambda, _item, _construct),
        "path": (model.mx_beta, model.names_beta, _construct, _construct),
        "construct_cov": (model.mx_psi, model.names_psi, _construct, _construct),
        "residual_cov": (model.mx_theta, model.names_theta, _item, _item),
    }
    if hasattr(model, "mx_gamma2"):
        sources["intercept"] = (model.mx_gamma2, model.names_gamma2, _item, lambda _: "1")
    theta = np.zeros(table.n_free)
    for number, p in zip(table.free[0], table.parameters, strict=True):
        if number >= 0 and p.matrix in sources:
            matrix, (rows, columns), row_name, column_name = sources[p.matrix]
            place = list(rows).index(row_name(p.row)), list(columns).index(column_name(p.col))
            theta[number] = matrix[place]
    return theta


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep semopy's warnings, prints and log lines from the user."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            redirect_stdout(StringIO()),
            redirect_stderr(StringIO()),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
