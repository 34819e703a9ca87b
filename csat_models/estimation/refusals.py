"""Why a single sample has no estimates: one sentence for each way to fail.

In a batch an element that fails is missing and counted; a single sample is
looked at until it is known what is wrong, where, and what to do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import numpy as np

from csat_models.errors import ConvergenceError, DataError, InadmissibleError
from csat_models.estimation import pls
from csat_models.estimation.consistent import smallest_eigenvalues
from csat_models.estimation.moments import Moments
from csat_models.estimation.regressions import SINGULAR
from csat_models.estimation.result import Estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.settings import Settings
from csat_models.model import PathModel

# Correlations of the sample below this are rounding.
NOTHING = 1e-12
# Constructs of which less is left, regressed on each other, are one construct.
COLLINEAR = 1e-10
# Of a vector of length 1, an element beyond this takes part in a collinearity.
SHARE = 0.1


def require_estimates(value: object, call: str) -> None:
    """Refuse what is no estimates.

    Parameters
    ----------
    value : object
    call : str
        How the function is called, such as ``"scores(estimates, data)"``.

    Raises
    ------
    DataError
        Such as data or a model in the place of estimates.
    """
    if not isinstance(value, Estimates):
        raise DataError(
            f"a value of type '{type(value).__name__}' stands where estimates belong; write "
            f"{call} with what fit or bootstrap returned",
            call=call,
        )


def require_whole(name: str, value: object, model: PathModel) -> None:
    """Refuse what is no estimate of the whole sample, whose signs others follow.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
        None where there is none.
    model : PathModel
        Of those that follow.

    Raises
    ------
    DataError
        No estimates, those of several samples, or of another model.
    """
    if value is None:
        return
    if not isinstance(value, Estimates):
        raise DataError(
            f"{name} is of type '{type(value).__name__}'; give the estimates of the whole sample, "
            "as fit returns them",
            argument=name,
        )
    if value.moments.batch_dims:
        dims = ", ".join(map(str, value.moments.batch_dims))
        raise DataError(
            f"{name} holds estimates along {dims}, and all signs follow those of one sample; give "
            "the fit to all rows",
            argument=name,
        )
    if value.model.construct_names != model.construct_names or value.model.items != model.items:
        raise DataError(
            f"{name} holds estimates of a model with other constructs or items; fit the same model "
            "to all rows",
            argument=name,
        )


def refuse_unconverged(moments: Moments, model: PathModel, settings: Settings) -> NoReturn:
    """Say why PLS has no estimates for one sample.

    Parameters
    ----------
    moments : Moments
        Of the model's indicators, without leading dimensions.
    model : PathModel
        Of indicators in one stage.
    settings : Settings

    Raises
    ------
    DataError
        Fewer than two respondents, or answers that are missing altogether.
    InadmissibleError
        An item without variance, a construct in Mode B whose items are
        perfectly collinear, one without correlation with its neighbours,
        predecessors that are perfectly collinear, or correlations that are not
        positive semi-definite.
    ConvergenceError
        Nothing of these: the weights were still moving.
    """
    cov = moments.cov.transpose("item", "item_2").to_numpy()
    _look_at_answers(cov, moments)
    deviation = np.sqrt(np.diagonal(cov))
    corr = cov / np.outer(deviation, deviation)
    design = pls.Design.of(model)
    _look_at_eigenvalues(corr, settings)
    _look_at_mode_b(corr, moments, model, design)
    _look_at_neighbours(corr, model, design)
    _look_at_predecessors(corr, model, design, settings)
    raise ConvergenceError(
        f"PLS did not converge in {settings.max_iterations} iterations to "
        f"{settings.tolerance:g}; raise max_iterations or try another scheme",
        iterations=settings.max_iterations,
    )


def _look_at_answers(cov: Array, moments: Moments) -> None:
    n_obs, items = int(moments.n_obs), moments.items
    if n_obs < 2:  # noqa: PLR2004
        raise DataError(
            f"the sample has {n_obs} respondents with usable answers; covariances need two or more",
            n_obs=n_obs,
        )
    variance, means = np.diagonal(cov), moments.mean.to_numpy()
    for item, value, mean in zip(items, variance, means, strict=True):
        if np.isnan(value) or np.isnan(mean):
            raise DataError(
                f"item '{item}' was answered by nobody; leave it out of the model", item=item
            )
        if value <= 0:
            raise InadmissibleError(
                f"item '{item}' has no variance, so it has no correlation; "
                "leave it out of the model",
                item=item,
            )
    if np.isnan(cov).any():
        one, other = (items[k] for k in np.argwhere(np.isnan(cov))[0])
        raise DataError(
            f"nobody answered both '{one}' and '{other}', so that they have no covariance; "
            "leave one of them out of the model",
            item=one,
        )


def _look_at_eigenvalues(corr: Array, settings: Settings) -> None:
    smallest = float(np.linalg.eigvalsh(corr)[0])
    if smallest < -COLLINEAR and settings.method == "pls":
        raise InadmissibleError(
            "the correlations of the items are those of no sample (smallest eigenvalue "
            f"{smallest:.3f}, below 0), as may be when each pair has respondents of its own; take "
            "moments with missing='em' or missing='listwise'",
            eigenvalue=smallest,
        )


def _look_at_mode_b(corr: Array, moments: Moments, model: PathModel, design: pls.Design) -> None:
    for j in design.mode_b:
        block = design.blocks[j]
        values, vectors = np.linalg.eigh(corr[block, block])
        if values[0] > SINGULAR * values[-1]:
            continue
        construct, n_obs = model.constructs[j], int(moments.n_obs)
        what = f"construct '{construct.name}' is in Mode B and"
        if n_obs <= len(construct.items):
            raise InadmissibleError(
                f"{what} has {len(construct.items)} items, but the sample has {n_obs} "
                "respondents; use Mode A, or more respondents than items",
                construct=construct.name,
            )
        taking_part = np.flatnonzero(np.abs(vectors[:, 0]) > SHARE)
        names = [construct.items[k] for k in taking_part]
        raise InadmissibleError(
            f"{what} its items {_listed(names)} are perfectly collinear, so that they have no "
            "regression weights; leave one of them out, or use Mode A",
            construct=construct.name,
            item=names[0],
        )


def _look_at_neighbours(corr: Array, model: PathModel, design: pls.Design) -> None:
    neighbours = design.adjacency + design.adjacency.T
    for j, construct in enumerate(model.constructs):
        others = neighbours[j][design.owner] > 0
        if len(construct.items) < 2 or construct.mode == "unit" or not others.any():  # noqa: PLR2004
            continue
        if np.abs(corr[design.blocks[j]][:, others]).max() < NOTHING:
            names = [model.construct_names[k] for k in np.flatnonzero(neighbours[j])]
            raise InadmissibleError(
                f"the items of construct '{construct.name}' are uncorrelated with those of "
                f"{_listed(names)}, its only neighbours, so that they have no weights; leave the "
                "construct out of the model",
                construct=construct.name,
            )


def _look_at_predecessors(
    corr: Array, model: PathModel, design: pls.Design, settings: Settings
) -> None:
    # Factorial inner weights need no regression, so that they find constructs that are the same.
    free = replace(settings, scheme="factorial", max_iterations=max(settings.max_iterations, 300))
    found = pls.outer_weights(corr[None], design, free)
    if not found.converged[0]:
        return
    for target in range(len(model.constructs)):
        sources = design.sources[target]
        inner = found.construct_corr[:, sources[:, None], sources]
        if len(sources) < 2 or abs(smallest_eigenvalues(inner)[0]) > COLLINEAR:  # noqa: PLR2004
            continue
        vector = np.linalg.eigh(inner[0])[1][:, 0]
        names = [model.construct_names[k] for k in sources[np.abs(vector) > SHARE]]
        name = model.construct_names[target]
        raise InadmissibleError(
            f"the constructs {_listed(names)} are perfectly collinear, so that their paths to "
            f"'{name}' cannot be told apart; leave one of them out, or its path",
            construct=names[0],
        )


def _listed(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
