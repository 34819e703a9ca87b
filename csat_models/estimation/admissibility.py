"""Draws outside the parameter space, left out."""

from __future__ import annotations

from dataclasses import replace

from csat_models.estimation.estimates import Estimates


def drop_inadmissible(draws: Estimates) -> Estimates:
    r"""Make every inadmissible element of a batch missing.

    Intervals then leave it out and count it. Weights stay: they are those of
    PLS, so that an index is known in such a draw as well.

    Parameters
    ----------
    draws : Estimates
        Any batch dimensions.

    Returns
    -------
    Estimates
        The same where all elements are admissible.

    References
    ----------
    Dijkstra and Henseler (2015), Consistent partial least squares path
    modeling, MIS Quarterly 39, 297-316.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1 + S2\nS ~ Q")
    >>> corr = [[1, .3, .4, .4], [.3, 1, .4, .4], [.4, .4, 1, .3], [.4, .4, .3, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 4, cov=corr, n_obs=99)
    >>> estimates = fit(moments, model, method="plsc", on_inadmissible="keep")
    >>> bool(drop_inadmissible(estimates).paths.isnull().all())
    True
    """
    good = draws.admissible
    names = ("loadings", "paths", "construct_corr", "r_squared")
    return replace(draws, **{name: getattr(draws, name).where(good) for name in names})
