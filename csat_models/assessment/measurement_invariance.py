r"""Do the items mean the same in all groups: covariance-based measurement invariance.

Four models, each nested in the one before: *configural* (the same structure),
*metric* (equal loadings: relations can be compared), *scalar* (equal intercepts
as well: means and indices can be compared) and *strict* (equal residual
variances as well). Each step is tested by the difference of chi-squares, and
judged by the change of CFI, RMSEA and SRMR, which do not grow with the sample.

Groups may be brands, units or years. A step that fails can be made partial, by
releasing the parameters that :func:`~csat_models.estimation.covariance.release_indices`
names. Where loadings are released, intercepts of the same items should be as
well, as the model then depends on which group has latent means of 0: the first
in the order of the names.

References
----------
Meredith (1993), Measurement invariance, factor analysis and factorial
invariance, Psychometrika 58, 525-543; Cheung and Rensvold (2002), Evaluating
goodness-of-fit indexes for testing measurement invariance, Structural Equation
Modeling 9, 233-255; Chen (2007), Sensitivity of goodness of fit indexes to lack
of measurement invariance, Structural Equation Modeling 14, 464-504; Byrne,
Shavelson and Muthen (1989), Psychological Bulletin 105, 456-466, for partial
invariance; Satorra and Bentler (2001), Psychometrika 66, 507-514.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace
from typing import Literal

import pandas as pd

from csat_models.errors import CsatError, DataError
from csat_models.estimation.columns import rows_of
from csat_models.estimation.covariance import (
    CovarianceFit,
    covariance_fit_measures,
    difference_test,
    fit_covariance,
)
from csat_models.estimation.covariance.answers import WAYS
from csat_models.estimation.covariance.improper import negative_variances
from csat_models.estimation.covariance.parameters import EQUAL
from csat_models.estimation.covariance.robust_fit import Correction
from csat_models.estimation.sample import read_sample
from csat_models.model import PathModel
from csat_models.survey import Responses

Level = Literal["configural", "metric", "scalar", "strict"]
LEVELS: tuple[Level, ...] = ("configural", "metric", "scalar", "strict")

# Chen (2007): a fall of CFI, with a rise of RMSEA or of SRMR, by level and for
# smaller or unequal groups (at most 300 in all), says that a level does not hold.
LARGE_SAMPLE = 300
CFI_FALL = {"large": -0.010, "small": -0.005}
RMSEA_RISE = {"large": 0.015, "small": 0.010}
SRMR_RISE = {
    "metric": {"large": 0.030, "small": 0.025},
    "scalar": {"large": 0.010, "small": 0.005},
    "strict": {"large": 0.010, "small": 0.005},
}
NOTHING_EQUAL = (
    "nothing more is equal than at the level before, as constructs of a single item have no "
    "loading and no intercept apart from their mean"
)
COLUMNS = (
    "level",
    "chi_square",
    "degrees_of_freedom",
    "p_value",
    "cfi",
    "tli",
    "rmsea",
    "srmr",
    "aic",
    "bic",
    "chi_square_difference",
    "difference_degrees_of_freedom",
    "difference_p_value",
    "delta_cfi",
    "delta_rmsea",
    "delta_srmr",
    "verdict_cheung_rensvold",
    "verdict_chen",
    "released",
    "left_out",
    "status",
    "reason",
)


def measurement_invariance(
    data: Responses | pd.DataFrame,
    model: PathModel,
    *,
    group: str,
    levels: Sequence[Level] = LEVELS,
    released: Collection[str] = (),
    residual_covariances: Sequence[tuple[str, str]] = (),
    missing: str = "listwise",
    correction: Correction | None = None,
) -> pd.DataFrame:
    r"""Test the levels of measurement invariance one after the other.

    Parameters
    ----------
    data : Responses or DataFrame
    model : PathModel
        Of factors.
    group : str
        Column of the groups: brands, units, years.
    levels : sequence of str
        The first ones of "configural", "metric", "scalar" and "strict".
    released : collection of str
        Parameters that may differ at every level (partial invariance), such
        as ``"Quality =~ PERQ2"`` or ``"PERQ2 ~1"``.
    residual_covariances, missing
        As in :func:`~csat_models.estimation.covariance.fit_covariance`.
    correction : {"satorra_bentler", "yuan_bentler"}, optional
        Scale the difference tests for answers that are not normal.

    Returns
    -------
    DataFrame
        One row a level: its fit, the test against the level before
        (``chi_square_difference``, its degrees of freedom and p), the changes
        ``delta_cfi``, ``delta_rmsea``, ``delta_srmr``, the verdicts "holds" and
        "fails" by Cheung and Rensvold (CFI falls by at most .01) and by Chen
        (unless CFI falls by .01 and RMSEA rises by .015 or SRMR by .03, .01
        beyond metric; .005, .01, .025 and .005 with up to 300 rows), the
        parameters ``released``, the groups ``left_out`` because they have no more rows
        than there are items (unless fewer than two would be left), and a ``status``
        with its ``reason``: blank,
        "improper" (a negative variance, which it names), "nothing_equal" (single
        items: the level is that before) or "no_fit".

    Raises
    ------
    DataError
        A column that is not there or has one value, or levels out of order.
    ModelError
        An unknown parameter, or a model that is not of factors.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> values = 2 * rng.normal(size=(2000, 1)) + rng.normal(size=(2000, 3))
    >>> frame = pd.DataFrame(values, columns=["q1", "q2", "q3"])
    >>> frame["brand"] = np.repeat(["ours", "theirs"], 1000)
    >>> table = measurement_invariance(
    ...     frame, PathModel.parse("Q =~ q1 + q2 + q3"), group="brand", levels=LEVELS[:3])
    >>> table.level.tolist(), table.verdict_cheung_rensvold.tolist()
    (['configural', 'metric', 'scalar'], ['', 'holds', 'holds'])
    """
    if tuple(levels) != LEVELS[: len(levels)] or not levels:
        raise DataError(
            f"levels are {', '.join(levels) or 'none'}; write the first ones of {', '.join(LEVELS)}"
        )
    if group not in (data.frame if isinstance(data, Responses) else data).columns:
        raise DataError(f"the data have no column '{group}' to separate groups by", column=group)
    data, left_out = without_small_groups(data, model, group=group, missing=missing)
    fits = [
        _try_fit(
            data,
            model,
            group=group,
            equal=EQUAL[:number],
            released=released if number else (),
            residual_covariances=residual_covariances,
            missing=missing,
        )
        for number in range(len(levels))
    ]
    rows = [
        _row(level, found, fits[number - 1] if number else None, correction)
        for number, (level, found) in enumerate(zip(levels, fits, strict=True))
    ]
    frame = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    frame["released"] = ["", *[", ".join(released)] * (len(levels) - 1)]
    frame["left_out"] = ", ".join(map(str, left_out))
    words = ["verdict_cheung_rensvold", "verdict_chen", "status", "reason"]
    frame[words] = frame[words].astype(object).where(frame[words].notna(), "")
    return frame


def without_small_groups(
    data: Responses | pd.DataFrame, model: PathModel, *, group: str, missing: str
) -> tuple[Responses | pd.DataFrame, list[Hashable]]:
    """Leave out groups whose covariances have no inverse, where two others are left.

    Parameters
    ----------
    data, model, group, missing
        As in :func:`measurement_invariance`.

    Returns
    -------
    data : Responses or DataFrame
    left_out : list
        Groups of no more rows than items.
    """
    frame = rows_of(data)
    if missing not in WAYS or not set(model.items) <= set(frame.columns):
        return data, []
    used = read_sample(data, items=model.items, missing=WAYS[missing]).rows[group]
    sizes = used.value_counts().reindex(pd.unique(frame[group].dropna()), fill_value=0)
    small = sorted(sizes.index[sizes <= len(model.items)], key=str)
    if not small or len(sizes) - len(small) < 2:  # noqa: PLR2004
        return data, []
    kept = frame[~frame[group].isin(small)]
    return replace(data, frame=kept) if isinstance(data, Responses) else kept, small


def _try_fit(
    data: Responses | pd.DataFrame, model: PathModel, **how: object
) -> CovarianceFit | CsatError:
    """Fit one level, or return why it cannot be."""
    try:
        return fit_covariance(data, model, mean_structure=True, **how)  # type: ignore[arg-type]
    except CsatError as error:
        if _is_request(error):
            raise
        return error


def _is_request(error: CsatError) -> bool:
    """Whether what was asked is wrong, and not the data of a group."""
    facts = error.facts
    return isinstance(error, DataError) or "parameter" in facts or "construct" in facts


def _row(
    level: Level,
    found: CovarianceFit | CsatError,
    before: CovarianceFit | CsatError | None,
    correction: Correction | None,
) -> dict[str, object]:
    if isinstance(found, CsatError):
        return {"level": level, "status": "no_fit", "reason": str(found)}
    measures = covariance_fit_measures(found)
    row: dict[str, object] = {"level": level} | {
        name: getattr(measures, name) for name in COLUMNS[1:10]
    }
    negative = negative_variances(found)
    if negative:
        row["status"] = "improper"
        row["reason"] = f"the variance '{negative[0]}' is negative (a Heywood case)"
    if before is None or isinstance(before, CsatError):
        return row
    if found.table.degrees_of_freedom == before.table.degrees_of_freedom:
        return row | {"status": "nothing_equal", "reason": NOTHING_EQUAL}
    try:
        return row | _against(before, found, level, correction)
    except DataError as error:
        return row | {"status": "no_fit", "reason": str(error)}


def _against(
    before: CovarianceFit, found: CovarianceFit, level: Level, correction: Correction | None
) -> dict[str, object]:
    """Compare a level with the one before it."""
    test = difference_test(found, before, correction=correction)
    measures = covariance_fit_measures(found)
    earlier = covariance_fit_measures(before)
    change = {
        name: getattr(measures, name) - getattr(earlier, name) for name in ("cfi", "rmsea", "srmr")
    }
    return {
        "chi_square_difference": test.chi_square,
        "difference_degrees_of_freedom": test.degrees_of_freedom,
        "difference_p_value": test.p_value,
        **{f"delta_{name}": value for name, value in change.items()},
        "verdict_cheung_rensvold": "holds" if change["cfi"] >= CFI_FALL["large"] else "fails",
        "verdict_chen": _chen(level, change, found.n_obs),
    }


def _chen(level: Level, change: dict[str, float], n_obs: int) -> str:
    size = "large" if n_obs > LARGE_SAMPLE else "small"
    worse = change["rmsea"] >= RMSEA_RISE[size] or change["srmr"] >= SRMR_RISE[level][size]
    return "fails" if change["cfi"] <= CFI_FALL[size] and worse else "holds"
