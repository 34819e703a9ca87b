r"""Does a covariance-based model reproduce the data: measures, cut-offs, verdicts.

Cut-offs are rules of thumb from simulations of factor models with simple
structure; they are no tests, and harsher on models with many items (Marsh, Hau
and Wen 2004, Structural Equation Modeling 11, 320-341). The chi-square test
rejects any model in a sample large enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from csat_models.estimation.covariance import (
    CovarianceFit,
    FitMeasures,
    RobustFit,
    covariance_fit_measures,
    robust_fit,
)
from csat_models.estimation.covariance.improper import negative_variances
from csat_models.estimation.covariance.saturated import apart

Verdict = Literal["pass", "caution", "fail", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """Where a measure of fit is good, and where it is bad.

    Attributes
    ----------
    good, bad : float
    at_least : bool
        Whether large values are the good ones.
    reference : str
        Key of the source.
    """

    good: float
    bad: float
    at_least: bool
    reference: str

    def judge(self, value: float) -> Verdict:
        """Return the verdict on a value; "" where there is none.

        Examples
        --------
        >>> CUTOFFS["cfi"].judge(0.93), CUTOFFS["rmsea"].judge(0.05)
        ('caution', 'pass')
        """
        if not np.isfinite(value):
            return ""
        sign = 1.0 if self.at_least else -1.0
        if sign * value >= sign * self.good:
            return "pass"
        return "caution" if sign * value >= sign * self.bad else "fail"


CUTOFFS = {
    "p_value": Cutoff(good=0.05, bad=0.05, at_least=True, reference="joreskog1969"),
    "cfi": Cutoff(good=0.95, bad=0.90, at_least=True, reference="hu1999"),
    "tli": Cutoff(good=0.95, bad=0.90, at_least=True, reference="hu1999"),
    "rmsea": Cutoff(good=0.06, bad=0.10, at_least=False, reference="browne1992"),
    "srmr": Cutoff(good=0.08, bad=0.10, at_least=False, reference="hu1999"),
    "srmr_correlation": Cutoff(good=0.08, bad=0.10, at_least=False, reference="hu1999"),
    "gfi": Cutoff(good=0.95, bad=0.90, at_least=True, reference="joreskog1984"),
    "agfi": Cutoff(good=0.90, bad=0.85, at_least=True, reference="joreskog1984"),
}
REFERENCES = {
    "chi_square": "joreskog1969",
    "degrees_of_freedom": "joreskog1969",
    "chi_square_scaled": "satorra1994",
    "p_value_scaled": "satorra1994",
    "cfi_robust": "brosseauliard2014",
    "tli_robust": "brosseauliard2014",
    "rmsea_robust": "brosseauliard2012",
    "rmsea_robust_close_fit_p": "brosseauliard2012",
    "rmsea_close_fit_p": "browne1992",
    "negative_variances": "chen2001",
    "aic": "akaike1987",
    "bic": "schwarz1978",
    "bic_adjusted": "sclove1987",
}
# Of the scaled and robust ones, where answers are missing.
REFERENCES_MISSING = {
    "chi_square_scaled": "yuan2000",
    "p_value_scaled": "yuan2000",
} | dict.fromkeys(
    ("cfi_robust", "tli_robust", "rmsea_robust", "rmsea_robust_close_fit_p"), "zhang2023"
)
COLUMNS = ("criterion", "value", "lower", "upper", "threshold", "verdict", "reference", "status")


def covariance_fit_table(found: CovarianceFit) -> pd.DataFrame:
    r"""Judge the fit of a covariance-based model.

    Parameters
    ----------
    found : CovarianceFit

    Returns
    -------
    DataFrame
        One row a measure: ``criterion``, ``value``, ``lower``, ``upper`` (90 %,
        of the RMSEA), ``threshold``, ``verdict`` ("pass", "caution", "fail", or
        blank where nothing is asked), ``reference``, ``status`` (blank, or why
        there is no value: "saturated", "missing_answers", "needs_rows").

    References
    ----------
    Hu and Bentler (1999), Cutoff criteria for fit indexes in covariance
    structure analysis, Structural Equation Modeling 6, 1-55; Browne and Cudeck
    (1992), Sociological Methods & Research 21, 230-258; Chen, Bollen, Paxton,
    Curran and Kirby (2001), Improper solutions in structural equation models,
    Sociological Methods & Research 29, 468-508, for negative variances.

    Examples
    --------
    >>> from csat_models import Moments, PathModel
    >>> from csat_models.estimation.covariance import fit_covariance
    >>> model = PathModel.parse("Q =~ Q1 + Q2 + Q3 + Q4")
    >>> corr = np.array([[1, .5, .4, .4], [.5, 1, .4, .4], [.4, .4, 1, .5], [.4, .4, .5, 1]])
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 4, cov=corr, n_obs=200)
    >>> table = covariance_fit_table(fit_covariance(moments, model)).set_index("criterion")
    >>> table.verdict[["cfi", "rmsea"]].tolist()
    ['pass', 'fail']
    """
    plain = covariance_fit_measures(found)
    rows = [_row(name, getattr(plain, name), plain) for name in _PLAIN]
    rows.append(_improper_row(len(negative_variances(found))))
    frame = pd.DataFrame([*rows, *_robust_rows(found, plain)], columns=list(COLUMNS))
    if not plain.degrees_of_freedom:
        asked = frame["criterion"].isin([*CUTOFFS, "rmsea_close_fit_p"])
        frame.loc[asked, "status"], frame.loc[asked, "verdict"] = "saturated", ""
    return frame


_PLAIN = (
    "chi_square",
    "degrees_of_freedom",
    "p_value",
    "cfi",
    "tli",
    "rmsea",
    "rmsea_close_fit_p",
    "srmr",
    "srmr_correlation",
    "gfi",
    "agfi",
    "aic",
    "bic",
    "bic_adjusted",
)


def _row(name: str, value: float, plain: FitMeasures) -> tuple[object, ...]:
    cutoff = CUTOFFS.get(name)
    low, high = (plain.rmsea_low, plain.rmsea_high) if name == "rmsea" else (np.nan, np.nan)
    return (
        name,
        float(value),
        low,
        high,
        cutoff.good if cutoff else np.nan,
        cutoff.judge(value) if cutoff else "",
        cutoff.reference if cutoff else REFERENCES[name],
        "never_together" if name in ("gfi", "agfi") and np.isnan(value) else "",
    )


def _improper_row(count: int) -> tuple[object, ...]:
    """Count variances below 0: a Heywood case makes the solution improper."""
    name, status = "negative_variances", "improper" if count else ""
    return (name, float(count), np.nan, np.nan, np.nan, "", REFERENCES[name], status)


def _robust_rows(found: CovarianceFit, plain: FitMeasures) -> list[tuple[object, ...]]:
    """Scaled and robust measures, or why there are none."""
    names = (
        "chi_square_scaled",
        "p_value_scaled",
        "cfi_robust",
        "tli_robust",
        "rmsea_robust",
        "rmsea_robust_close_fit_p",
    )
    if not found.rows or not plain.degrees_of_freedom or apart(found):
        why = "needs_rows" if not found.rows else "never_together"
        why = why if plain.degrees_of_freedom or not found.rows else "saturated"
        blank = (np.nan,) * 4
        return [(name, *blank, "", REFERENCES[name], why) for name in names]
    robust = robust_fit(found, correction="satorra_bentler" if found.complete else "yuan_bentler")
    values = (robust.chi_square, robust.p_value, robust.cfi, robust.tli, robust.rmsea)
    rows = zip(names, (*values, robust.rmsea_close_fit_p), strict=True)
    return [_robust_row(name, value, robust, found.complete) for name, value in rows]


def _robust_row(name: str, value: float, robust: RobustFit, complete: bool) -> tuple[object, ...]:
    cutoff = CUTOFFS.get(name.removesuffix("_robust").removesuffix("_scaled"))
    is_rmsea = name == "rmsea_robust"
    source = REFERENCES[name] if complete else REFERENCES_MISSING[name]
    return (
        name,
        value,
        robust.rmsea_low if is_rmsea else np.nan,
        robust.rmsea_high if is_rmsea else np.nan,
        cutoff.good if cutoff else np.nan,
        cutoff.judge(value) if cutoff else "",
        source,
        "",
    )
