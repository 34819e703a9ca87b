r"""Does the model reproduce the covariances: the usual measures, each with its definition.

With :math:`\chi^2 = 2(\log L_1 - \log L_0)` of the saturated model over the
model, on df degrees of freedom, and :math:`\chi_b^2` of the model of
independent items; N rows in G groups.

Conventions, those of lavaan: the likelihood is that of N rows (lavaan's
``likelihood="normal"``), not of N - 1 as in LISREL and EQS. CFI and TLI are
not clipped beyond what their definitions say. Of complete data without mean
structure the number of parameters in AIC and BIC leaves out the means.

References
----------
Bentler (1990), Comparative fit indexes in structural models, Psychological
Bulletin 107, 238-246; Tucker and Lewis (1973), Psychometrika 38, 1-10; Browne
and Cudeck (1992), Alternative ways of assessing model fit, Sociological
Methods & Research 21, 230-258; Steiger (1998), Structural Equation Modeling 5,
411-419, for groups; Joereskog and Soerbom (1984), LISREL VI, for GFI and AGFI;
Bentler (1995), EQS Structural Equations Program Manual, for the SRMR; Akaike
(1987), Psychometrika 52, 317-332; Schwarz (1978), Annals of Statistics 6,
461-464; Sclove (1987), Psychometrika 52, 333-343.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.implied import implied_moments
from csat_models.estimation.covariance.likelihood import invert_answered
from csat_models.estimation.covariance.saturated import group_rows
from csat_models.estimation.sample import Array

# An RMSEA of up to this counts as close fit (Browne and Cudeck 1992).
CLOSE = 0.05

# Central share of the RMSEA's interval.
LEVEL = 0.90


@dataclass(frozen=True, slots=True, kw_only=True)
class FitMeasures:
    """Measures of fit of a covariance-based model.

    Attributes
    ----------
    chi_square, degrees_of_freedom, p_value
        The likelihood-ratio test against the saturated model.
    baseline_chi_square, baseline_degrees_of_freedom
        That of the model of independent items.
    cfi, tli
        Comparative fit index, Tucker-Lewis index.
    rmsea, rmsea_low, rmsea_high, rmsea_close_fit_p
        Root mean square error of approximation, its 90 % interval, and p of
        the hypothesis that it is at most .05.
    srmr
        Standardised root mean square residual: residual covariances over the
        observed standard deviations (lavaan's ``srmr`` and ``srmr_bentler``).
    srmr_correlation
        That of residual correlations (Bollen's; lavaan's ``srmr_mplus``).
    gfi, agfi
        (Adjusted) goodness-of-fit index.
    log_likelihood, saturated_log_likelihood
    aic, bic, bic_adjusted
        Information criteria; the last with (n + 2) / 24 for n.
    n_obs, n_parameters
    """

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    baseline_chi_square: float
    baseline_degrees_of_freedom: int
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    rmsea_close_fit_p: float
    srmr: float
    srmr_correlation: float
    gfi: float
    agfi: float
    log_likelihood: float
    saturated_log_likelihood: float
    aic: float
    bic: float
    bic_adjusted: float
    n_obs: int
    n_parameters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rmsea:
    """An RMSEA with its interval and the p-value of close fit."""

    value: float
    low: float
    high: float
    close_fit_p: float


def covariance_fit_measures(found: CovarianceFit) -> FitMeasures:
    r"""Return every measure of fit of a model.

    Parameters
    ----------
    found : CovarianceFit

    Examples
    --------
    >>> from csat_models import Moments, PathModel
    >>> from csat_models.estimation.covariance.fitting import fit_covariance
    >>> model = PathModel.parse("Q =~ Q1 + Q2 + Q3 + Q4")
    >>> corr = np.array([[1, .5, .4, .4], [.5, 1, .4, .4], [.4, .4, 1, .5], [.4, .4, .5, 1]])
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 4, cov=corr, n_obs=200)
    >>> measures = covariance_fit_measures(fit_covariance(moments, model))
    >>> measures.degrees_of_freedom, round(measures.chi_square, 3), round(measures.cfi, 3)
    (2, 7.803, 0.967)
    """
    saturated, own = found.saturated_log_likelihood, found.log_likelihood
    df, n_obs, n_parameters = found.table.degrees_of_freedom, found.n_obs, found.table.n_free
    chi_square = max(2.0 * (saturated - own), 0.0)
    baseline = 2.0 * (saturated - found.baseline_log_likelihood)
    base_df = baseline_degrees_of_freedom(found)
    error = rmsea(chi_square, df, n_obs, len(found.table.groups))
    srmr, srmr_correlation = residual_measures(found)
    gfi = goodness_of_fit(found)
    return FitMeasures(
        chi_square=chi_square,
        degrees_of_freedom=df,
        p_value=chi_square_p(chi_square, df),
        baseline_chi_square=baseline,
        baseline_degrees_of_freedom=base_df,
        cfi=comparative_fit_index(chi_square - df, baseline - base_df),
        tli=tucker_lewis_index(chi_square - df, df, baseline - base_df, base_df),
        rmsea=error.value,
        rmsea_low=error.low,
        rmsea_high=error.high,
        rmsea_close_fit_p=error.close_fit_p,
        srmr=srmr,
        srmr_correlation=srmr_correlation,
        gfi=gfi,
        agfi=1.0 - found.table.n_moments / df * (1.0 - gfi) if df else np.nan,
        log_likelihood=own,
        saturated_log_likelihood=saturated,
        aic=-2.0 * own + 2.0 * n_parameters,
        bic=-2.0 * own + n_parameters * float(np.log(n_obs)),
        bic_adjusted=-2.0 * own + n_parameters * float(np.log((n_obs + 2.0) / 24.0)),
        n_obs=n_obs,
        n_parameters=n_parameters,
    )


def chi_square_p(statistic: float, df: float) -> float:
    """Upper tail of the chi-square distribution; missing without degrees of freedom."""
    from scipy.stats import chi2

    return float(chi2.sf(statistic, df)) if df > 0 else np.nan


def baseline_degrees_of_freedom(found: CovarianceFit) -> int:
    """Count the covariances of items in all groups."""
    size = len(found.table.items)
    return len(found.table.groups) * size * (size - 1) // 2


def comparative_fit_index(excess: float, baseline_excess: float) -> float:
    r"""Return :math:`1 - \max(d, 0) / \max(d, d_b, 0)`, d = chi-square less df.

    Examples
    --------
    >>> comparative_fit_index(5.0, 100.0), comparative_fit_index(-5.0, 100.0)
    (0.95, 1.0)
    """
    largest = max(excess, baseline_excess, 0.0)
    return 1.0 - max(excess, 0.0) / largest if largest > 0 else 1.0


def tucker_lewis_index(excess: float, df: int, baseline_excess: float, baseline_df: int) -> float:
    r"""Return :math:`1 - (d / df) / (d_b / df_b)`, which can exceed 1.

    Examples
    --------
    >>> tucker_lewis_index(5.0, 10, 100.0, 20)
    0.9
    """
    if not df or baseline_excess <= 0:
        return 1.0 if not df else np.nan
    return 1.0 - (excess / df) / (baseline_excess / baseline_df)


def rmsea(
    statistic: float, df: float, n_obs: int, n_groups: int = 1, scaling: float = 1.0
) -> Rmsea:
    r"""Root mean square error of approximation.

    :math:`\sqrt{G \max(\chi^2 - c\,df, 0) / (N\,df)}`. The interval and the
    p-value are those of the noncentral chi-square distribution of
    :math:`\chi^2 / c`.

    Parameters
    ----------
    statistic : float
        Chi-square, not scaled.
    df : float
    n_obs, n_groups : int
    scaling : float
        Correction c of a robust RMSEA, 1 under normality.

    References
    ----------
    Steiger (1998); Brosseau-Liard, Savalei and Li (2012), Multivariate
    Behavioral Research 47, 904-930, for the correction.

    Examples
    --------
    >>> found = rmsea(38.1252182, 35, 75)
    >>> round(found.value, 5), round(found.high, 5)
    (0.0345, 0.09223)
    """
    if not df:
        return Rmsea(value=0.0, low=0.0, high=0.0, close_fit_p=np.nan)
    from scipy.stats import ncx2

    scaled = statistic / scaling
    unit = n_groups * scaling / (n_obs * df)
    low = _noncentrality(scaled, df, (1.0 + LEVEL) / 2.0)
    high = _noncentrality(scaled, df, (1.0 - LEVEL) / 2.0)
    return Rmsea(
        value=float(np.sqrt(max(scaled - df, 0.0) * unit)),
        low=float(np.sqrt(low * unit)),
        high=float(np.sqrt(high * unit)),
        close_fit_p=float(ncx2.sf(scaled, df, CLOSE**2 / unit)),
    )


def _noncentrality(statistic: float, df: float, share: float) -> float:
    """Noncentrality with which the statistic has this share of the distribution below it."""
    from scipy.optimize import brentq
    from scipy.stats import chi2, ncx2

    def gap(noncentrality: float) -> float:
        if noncentrality == 0:
            return float(chi2.cdf(statistic, df)) - share
        return float(ncx2.cdf(statistic, df, noncentrality)) - share

    if gap(0.0) <= 0:
        return 0.0
    upper = max(statistic, 4.0)
    while gap(upper) > 0:
        upper *= 2.0
    return float(brentq(gap, 0.0, upper, xtol=1e-12 * upper))


def residual_measures(found: CovarianceFit) -> tuple[float, float]:
    r"""Both standardised root mean square residuals, of covariances and of correlations.

    The root of the mean over distinct moments of
    :math:`((s_{kl} - \sigma_{kl}) / \sqrt{s_{kk} s_{ll}})^2`, or of
    :math:`(r_{kl} - \rho_{kl})^2` with the relative residual variances
    :math:`(s_{kk} - \sigma_{kk}) / s_{kk}`; with a mean structure also of
    residual means. Groups count by their rows.
    """
    implied = implied_moments(found.table, found.table.expand(found.theta))
    size = len(found.table.items)
    pairs = np.tril_indices(size)
    cov = found.saturated_cov
    spread = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    own = np.sqrt(np.diagonal(implied.cov, axis1=-2, axis2=-1))
    scale = spread[:, :, None] * spread[:, None, :]
    residual = (cov - implied.cov) / scale
    correlation = cov / scale - implied.cov / (own[:, :, None] * own[:, None, :])
    index = np.arange(size)
    correlation[:, index, index] = residual[:, index, index]
    gap = found.saturated_mean - implied.mean
    means = (
        (gap / spread, found.saturated_mean / spread - implied.mean / own)
        if found.table.mean_structure
        else (np.zeros((len(cov), 0)),) * 2
    )
    share = group_rows(found) / found.n_obs
    srmr, other = (
        float(share @ np.sqrt((np.hstack([part[:, *pairs], mean]) ** 2).mean(axis=1)))
        for part, mean in zip((residual, correlation), means, strict=True)
    )
    return srmr, other


def goodness_of_fit(found: CovarianceFit) -> float:
    r"""Goodness-of-fit index of maximum likelihood.

    :math:`1 - \mathrm{tr}(\Sigma^{-1}(S - \Sigma))^2 / \mathrm{tr}(\Sigma^{-1} S)^2`, with
    a mean structure also of weighted residual and observed means; groups
    count by their rows. Where answers are missing S has, as in lavaan, the
    covariance of each pair of items from the rows that answered both, and each
    pattern of answers weighs the residuals by its own inverse.
    """
    implied = implied_moments(found.table, found.table.expand(found.theta))
    mean, cov = (found.saturated_mean, found.saturated_cov)
    if not found.complete:
        mean, cov = _available_moments(found)
    inverse, _, _ = invert_answered(implied.cov[found.sums.group], found.sums.answered)
    above = _weighted_squares(found, inverse, mean - implied.mean, cov - implied.cov)
    below = _weighted_squares(found, inverse, mean, cov)
    return float(group_rows(found) @ (1.0 - above / below) / found.n_obs)


def _available_moments(found: CovarianceFit) -> tuple[Array, Array]:
    """Means (G, K) and covariances (G, K, K) of the answers given, pair by pair, divisor n."""
    frames = [pd.DataFrame(rows) for rows in found.rows]
    covs = [frame.cov().to_numpy() * ((len(frame) - 1) / len(frame)) for frame in frames]
    return np.stack([frame.mean().to_numpy() for frame in frames]), np.stack(covs)


def _weighted_squares(found: CovarianceFit, inverse: Array, mean: Array, cov: Array) -> Array:
    """Squares of means and covariances by the normal-theory weight of each pattern, (G,)."""
    sums = found.sums
    turned = inverse @ cov[sums.group]
    squares = 0.5 * np.einsum("ckl,clk->c", turned, turned)
    if found.table.mean_structure:
        own = mean[sums.group]
        squares += np.einsum("ck,ckl,cl->c", own, inverse, own)
    weighted = np.bincount(sums.group, sums.weight * squares, minlength=len(cov))
    return np.asarray(weighted, dtype=np.float64)
