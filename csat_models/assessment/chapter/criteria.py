"""What is asked of each criterion: threshold, direction, source.

Thresholds are conventions. `good` is what the literature asks for; between it
and `bad` a criterion is met with caution. `reference` is a key of the
bibliography.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Direction = Literal["at_least", "below", "none"]
Verdict = Literal["pass", "caution", "fail", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion of the chapter.

    Attributes
    ----------
    chapter : str
        "measurement", "formative", "common_method", "structure", "fit" or "prediction".
    name : str
    reference : str
        Key of the source of the threshold.
    direction : {"at_least", "below", "none"}
        Which side of the threshold is the good one.
    good, bad : float or None
        Where it passes, and where it fails; without `bad`, at the same place.
    excessive : float or None
        Beyond it, too much of a good thing: caution.
    judged : {"value", "upper", "lower"}
        What is held against the threshold.
    side : {"two-sided", "less", "greater", "none"}
        Of the interval; "none" where draws have no meaning for it.
    """

    chapter: str
    name: str
    reference: str
    direction: Direction = "none"
    good: float | None = None
    bad: float | None = None
    excessive: float | None = None
    judged: Literal["value", "upper", "lower"] = "value"
    side: Literal["two-sided", "less", "greater", "none"] = "two-sided"

    def judge(self, value: float, lower: float, upper: float) -> Verdict:
        """Return the verdict on a value with its interval; "" where it cannot be given.

        Examples
        --------
        >>> CRITERIA["cronbach_alpha"].judge(0.65, 0.5, 0.8)
        'caution'
        """
        number = {"value": value, "lower": lower, "upper": upper}[self.judged]
        if self.direction == "none" or self.good is None or not np.isfinite(number):
            return ""
        sign = 1.0 if self.direction == "at_least" else -1.0
        bad = self.good if self.bad is None else self.bad
        if not self._reaches(sign, number, bad):
            return "fail"
        if not self._reaches(sign, number, self.good):
            return "caution"
        return "caution" if self.excessive is not None and number > self.excessive else "pass"

    @staticmethod
    def _reaches(sign: float, number: float, limit: float) -> bool:
        return number >= limit if sign > 0 else number < limit


def _reliability(name: str, reference: str) -> Criterion:
    return Criterion(
        chapter="measurement",
        name=name,
        reference=reference,
        direction="at_least",
        good=0.70,
        bad=0.60,
        excessive=0.95,
    )


def _vif(chapter: str, name: str, reference: str, good: float) -> Criterion:
    return Criterion(
        chapter=chapter, name=name, reference=reference, direction="below", good=good, bad=5.0
    )


def _at_least(chapter: str, name: str, reference: str, good: float, bad: float) -> Criterion:
    return Criterion(
        chapter=chapter, name=name, reference=reference, direction="at_least", good=good, bad=bad
    )


def _plain(chapter: str, name: str, reference: str, side: str = "two-sided") -> Criterion:
    kind: Literal["two-sided", "none"] = "two-sided" if side == "two-sided" else "none"
    return Criterion(chapter=chapter, name=name, reference=reference, side=kind)


def _distance(name: str, reference: str, good: float | None) -> Criterion:
    return Criterion(
        chapter="fit",
        name=name,
        reference=reference,
        direction="below" if good else "none",
        good=good,
        bad=0.10 if good else None,
        side="none",
    )


_ALL = (
    _reliability("cronbach_alpha", "cronbach1951"),
    _reliability("rho_a", "dijkstra2015"),
    _reliability("composite_reliability", "joreskog1971"),
    _at_least("measurement", "average_variance_extracted", "fornell1981", 0.50, 0.50),
    _at_least("measurement", "indicator_reliability", "hair2019", 0.50, 0.16),
    _at_least("measurement", "cross_loading_margin", "chin1998", 0.0, 0.0),
    _at_least("measurement", "fornell_larcker_margin", "fornell1981", 0.0, 0.0),
    Criterion(
        chapter="measurement",
        name="htmt",
        reference="henseler2015",
        direction="below",
        judged="upper",
        side="less",
    ),
    Criterion(
        chapter="measurement",
        name="htmt2",
        reference="roemer2021",
        direction="below",
        judged="upper",
        side="less",
    ),
    _vif("formative", "indicator_vif", "hair2019", 3.0),
    _plain("formative", "outer_weight", "hair2022"),
    _at_least("formative", "redundancy", "hair2019", 0.70, 0.70),
    _vif("common_method", "full_collinearity_vif", "kock2015", 3.3),
    _plain("common_method", "marker_adjusted_correlation", "lindell2001"),
    _plain("common_method", "marker_controlled_path", "chin2013"),
    _vif("structure", "inner_vif", "hair2019", 3.0),
    _plain("structure", "r_squared", "hair2019"),
    _plain("structure", "adjusted_r_squared", "wherry1931"),
    _at_least("structure", "effect_size", "cohen1988", 0.02, 0.0),
    _plain("structure", "goodness_of_fit", "henseler2013"),
    *(
        _plain("structure", name, "sharma2019", "none")
        for name in ("aic", "aicu", "aicc", "bic", "hq", "hqc", "fpe", "gm", "cp")
    ),
    _plain("fit", "admissibility", "dijkstra2015", "none"),
    _distance("srmr", "hu1999", 0.08),
    _distance("d_uls", "dijkstra2015b", None),
    _distance("d_g", "dijkstra2015b", None),
    _plain("fit", "exact_fit", "bollen1992", "none"),
    Criterion(
        chapter="prediction",
        name="q2_predict_mean",
        reference="shmueli2019",
        direction="at_least",
        good=0.0,
        side="none",
    ),
    Criterion(
        chapter="prediction",
        name="q2_predict_linear_model",
        reference="shmueli2019",
        direction="at_least",
        good=0.0,
        bad=-np.inf,
        side="none",
    ),
    *(
        _plain("prediction", f"{loss}_{predictor}", "shmueli2019", "none")
        for loss in ("rmse", "mae")
        for predictor in ("model", "linear_model", "mean")
    ),
    Criterion(
        chapter="prediction",
        name="predictive_power",
        reference="shmueli2019",
        direction="at_least",
        good=0.5,
        bad=1e-9,
        side="none",
    ),
    _plain("prediction", "cvpat_mean", "liengaard2021"),
    _plain("prediction", "cvpat_linear_model", "sharma2023"),
)
CRITERIA = {criterion.name: criterion for criterion in _ALL}
