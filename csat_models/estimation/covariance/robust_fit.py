r"""Fit where answers are not normal: scaled test statistics and robust measures.

The likelihood-ratio statistic is divided by its mean under the model over the
degrees of freedom, c. CFI, TLI and RMSEA of the scaled statistics are those
that are usually printed; the robust ones estimate what CFI and RMSEA of
normal answers would be in the population. Where answers are missing the robust
ones are also those of complete rows (:mod:`~csat_models.estimation.covariance.missing_fit`).

References
----------
Satorra and Bentler (1994); Yuan and Bentler (2000); Satorra and Bentler (2001),
A scaled difference chi-square test statistic for moment structure analysis,
Psychometrika 66, 507-514; Brosseau-Liard, Savalei and Li (2012), Multivariate
Behavioral Research 47, 904-930; Brosseau-Liard and Savalei (2014), 49, 460-470;
Zhang and Savalei (2023), Psychological Methods 28, 263-283, with missing answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from csat_models.errors import DataError
from csat_models.estimation.covariance.fit_measures import (
    FitMeasures,
    chi_square_p,
    comparative_fit_index,
    covariance_fit_measures,
    rmsea,
    tucker_lewis_index,
)
from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.missing_fit import MissingFit
from csat_models.estimation.covariance.parameter_estimates import require_rows
from csat_models.estimation.covariance.scaling import (
    satorra_bentler_factor,
    yuan_bentler_factor,
)

Correction = Literal["satorra_bentler", "yuan_bentler"]
Assumption = Correction | Literal["normal"]
FACTORS = {"satorra_bentler": satorra_bentler_factor, "yuan_bentler": yuan_bentler_factor}

# Standardised difference of moments of the same data, with items in another order or by EM.
SAME = 1e-6
# Two maxima of one likelihood, searched for separately, relative to it.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustFit:
    """Scaled and robust measures of fit.

    Attributes
    ----------
    correction : str
    scaling_factor, baseline_scaling_factor
        c of the model and of the model of independent items.
    chi_square, degrees_of_freedom, p_value
        The scaled test.
    cfi_scaled, tli_scaled, rmsea_scaled, rmsea_scaled_low, rmsea_scaled_high, \
    rmsea_scaled_close_fit_p
        Of the scaled statistics.
    cfi, tli, rmsea, rmsea_low, rmsea_high, rmsea_close_fit_p
        Robust.
    """

    correction: str
    scaling_factor: float
    baseline_scaling_factor: float
    chi_square: float
    degrees_of_freedom: int
    p_value: float
    cfi_scaled: float
    tli_scaled: float
    rmsea_scaled: float
    rmsea_scaled_low: float
    rmsea_scaled_high: float
    rmsea_scaled_close_fit_p: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    rmsea_close_fit_p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statistics:
    """Chi-square and its factor, of the model and of independent items."""

    own: float
    factor: float
    baseline: float
    baseline_factor: float


def robust_fit(found: CovarianceFit, *, correction: Assumption = "satorra_bentler") -> RobustFit:
    r"""Return measures of fit that do not need normal answers, or complete ones.

    Parameters
    ----------
    found : CovarianceFit
        Fitted to rows.
    correction : {"satorra_bentler", "yuan_bentler", "normal"}
        Of complete rows (lavaan's ``estimator="MLM"``), or also of rows with
        missing answers (``estimator="MLR"``). With "normal" the robust
        measures are corrected for missing answers only, and those of complete
        rows stay as they are (``estimator="ML"``).

    Raises
    ------
    DataError
        Moments alone, or missing answers by "satorra_bentler".
    InadmissibleError
        Two items that no row answered both.

    Examples
    --------
    >>> import pandas as pd
    >>> from csat_models import PathModel
    >>> from csat_models.estimation.covariance.fitting import fit_covariance
    >>> rng = np.random.default_rng(1)
    >>> rows = rng.normal(size=(400, 1)) + rng.normal(size=(400, 4))
    >>> model = PathModel.parse("Q =~ Q1 + Q2 + Q3 + Q4")
    >>> found = fit_covariance(pd.DataFrame(rows, columns=list(model.items)), model)
    >>> 0.7 < robust_fit(found).scaling_factor < 1.3  # 1 where answers are normal
    True
    """
    known = ("normal", *FACTORS)
    if correction not in known:
        raise DataError(f"correction='{correction}' is unknown; write one of {', '.join(known)}")
    require_rows(found, complete=correction == "satorra_bentler")
    plain = covariance_fit_measures(found)
    scaled = _scaled(found, plain, correction)
    return _measure(plain, correction, scaled, _unbiased(found, scaled, correction), found)


def _scaled(found: CovarianceFit, plain: FitMeasures, correction: Assumption) -> _Statistics:
    """Return the statistics as they are, with the factors of the scaled test."""
    factors = (1.0, 1.0)
    if correction != "normal":
        independent = found.unrestricted(independent=True)
        factor = FACTORS[correction]
        factors = factor(found), factor(found, independent, found.baseline_theta(independent))
    return _Statistics(
        own=plain.chi_square,
        factor=factors[0],
        baseline=plain.baseline_chi_square,
        baseline_factor=factors[1],
    )


def _unbiased(found: CovarianceFit, scaled: _Statistics, correction: Assumption) -> _Statistics:
    """Return what the robust measures are made of: the same, unless answers are missing."""
    if found.complete:
        return scaled
    whole = MissingFit.of(found, normal=correction == "normal")
    independent = found.unrestricted(independent=True)
    theta = found.baseline_theta(independent)
    return _Statistics(
        own=whole.chi_square(found.table, found.theta),
        factor=whole.factor(found.table, found.theta),
        baseline=whole.chi_square(independent, theta),
        baseline_factor=whole.factor(independent, theta),
    )


def _measure(
    plain: FitMeasures,
    correction: str,
    scaled: _Statistics,
    unbiased: _Statistics,
    found: CovarianceFit,
) -> RobustFit:
    df, base_df = plain.degrees_of_freedom, plain.baseline_degrees_of_freedom
    groups = len(found.table.groups)
    statistic = scaled.own / scaled.factor if df else 0.0
    excess = statistic - df
    base_excess = scaled.baseline / scaled.baseline_factor - base_df
    own = unbiased.own - unbiased.factor * df if df else 0.0
    base_own = unbiased.baseline - unbiased.baseline_factor * base_df
    # As lavaan: the statistic as it is, against a chi-square with c df degrees of freedom.
    by_scaled = rmsea(scaled.own, df * scaled.factor if df else 0, plain.n_obs, groups)
    robust = rmsea(unbiased.own, df, plain.n_obs, groups, unbiased.factor)
    return RobustFit(
        correction=correction,
        scaling_factor=scaled.factor,
        baseline_scaling_factor=scaled.baseline_factor,
        chi_square=statistic,
        degrees_of_freedom=df,
        p_value=chi_square_p(statistic, df),
        cfi_scaled=comparative_fit_index(excess, base_excess),
        tli_scaled=tucker_lewis_index(excess, df, base_excess, base_df),
        rmsea_scaled=by_scaled.value,
        rmsea_scaled_low=by_scaled.low,
        rmsea_scaled_high=by_scaled.high,
        rmsea_scaled_close_fit_p=by_scaled.close_fit_p,
        cfi=comparative_fit_index(own, base_own),
        tli=tucker_lewis_index(own, df, base_own, base_df),
        rmsea=robust.value,
        rmsea_low=robust.low,
        rmsea_high=robust.high,
        rmsea_close_fit_p=robust.close_fit_p,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceTest:
    """Test of a model against one that it is nested in."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float


def difference_test(
    restricted: CovarianceFit,
    general: CovarianceFit,
    *,
    correction: Correction | None = None,
) -> DifferenceTest:
    r"""Test a model against a more general one that it is nested in.

    The difference of both chi-squares; scaled, it is divided by
    :math:`(df_0 c_0 - df_1 c_1) / (df_0 - df_1)`.

    Parameters
    ----------
    restricted, general : CovarianceFit
        To the same data.
    correction : {"satorra_bentler", "yuan_bentler"}, optional

    Raises
    ------
    DataError
        Fits to other items, groups or data, or models that are not nested: the
        first has no more degrees of freedom, or fits better.

    References
    ----------
    Satorra and Bentler (2001). Where the divisor is not positive, which
    happens in small samples, the scaled test is missing.
    """
    _require_same_data(restricted, general)
    df_0, df_1 = restricted.table.degrees_of_freedom, general.table.degrees_of_freedom
    if df_0 <= df_1:
        raise DataError(
            f"the restricted model has {df_0} degrees of freedom and the general one {df_1}; "
            "give the model with more restrictions first"
        )
    statistic = 2.0 * (general.log_likelihood - restricted.log_likelihood)
    _require_nested(statistic, general.log_likelihood)
    if correction is not None:
        require_rows(restricted, complete=correction == "satorra_bentler")
        factors = [
            FACTORS[correction](one) if one.table.degrees_of_freedom else 0.0
            for one in (restricted, general)
        ]
        divisor = (df_0 * factors[0] - df_1 * factors[1]) / (df_0 - df_1)
        statistic = statistic / divisor if divisor > 0 else np.nan
    return DifferenceTest(
        chi_square=max(statistic, 0.0) if np.isfinite(statistic) else np.nan,
        degrees_of_freedom=df_0 - df_1,
        p_value=chi_square_p(statistic, df_0 - df_1),
    )


def _require_same_data(one: CovarianceFit, other: CovarianceFit) -> None:
    facts = {
        "items": (sorted(one.table.items), sorted(other.table.items)),
        "groups": (list(one.table.groups), list(other.table.groups)),
        "respondents": (one.n_obs, other.n_obs),
    }
    for what, (mine, theirs) in facts.items():
        if mine != theirs:
            raise DataError(
                f"the two fits differ in their {what} ({mine} and {theirs}), so that their "
                "likelihoods do not compare; fit both models to the same items of the same data",
                what=what,
            )
    order = [other.table.items.index(item) for item in one.table.items]
    deviation = np.sqrt(np.diagonal(one.saturated_cov, axis1=-2, axis2=-1))
    means = (one.saturated_mean - other.saturated_mean[:, order]) / deviation
    covs = one.saturated_cov - other.saturated_cov[:, order][:, :, order]
    covs /= deviation[:, :, None] * deviation[:, None, :]
    if max(np.abs(means).max(), np.abs(covs).max()) > SAME:
        raise DataError(
            "the two fits have different means or covariances of the items, so that their "
            "likelihoods do not compare; fit both models to the same data"
        )


def _require_nested(statistic: float, log_likelihood: float) -> None:
    if statistic < -ROUNDING * max(1.0, abs(log_likelihood)):
        raise DataError(
            f"the restricted model fits better than the general one (difference {statistic:.4g}), "
            "so it is not nested in it; give a general model that has all parameters of the "
            "restricted one",
            statistic=statistic,
        )
