"""Prediction of respondents whom the model has not seen."""

from __future__ import annotations

from benchmarks.parity.cases import MODE_A, SMALL
from benchmarks.parity.entries.estimation import ABSENT, NOT_STORED
from benchmarks.parity.peers import CSEM, EXTRAS, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import Blank, compare, differ

PREDICT = "PLSpredict"
PLAIN = MODE_A["path"]
ANTECEDENTS = ("direct", "earliest")
ERRORS = [f"PLSpredict {m}, {a} antecedents" for m in ("RMSE", "MAE") for a in ANTECEDENTS]
Q2 = [f"Q2_predict, {a} antecedents" for a in ANTECEDENTS]
LEFT_OUT = [f"leave-one-out {m}, {a} antecedents" for m in ("RMSE", "MAE") for a in ANTECEDENTS]
OTHERS = (
    "R seminr's linear model regresses an item on those of all other constructs, later ones too: "
    'linear="others" here. Our default, and that of seminr for Python, has the items of the '
    "model's antecedents."
)
THROUGH_ZERO = (
    "cSEM's linear model has no intercept: it regresses raw answers on raw answers of the "
    "exogenous constructs through the origin, which makes its errors larger and the model's look "
    "better; ours has one."
)

COMPARISONS = [
    *compare(PREDICT, [PLAIN], ERRORS, (SEMINR,)),
    *(
        comparison
        for name in ERRORS
        for comparison in compare(
            PREDICT,
            [PLAIN],
            (name,),
            (SEMINR_R,),
            ours=f"{name}, linear model of all other items",
            convention=OTHERS,
        )
    ),
    *compare(PREDICT, [PLAIN], Q2, (SEMINR_R,)),
    *compare(
        PREDICT,
        [PLAIN],
        LEFT_OUT,
        (CSEM,),
        left_out=("linear_model",),
        convention="The model's errors; those of the linear model are in a row of their own.",
    ),
    *(
        differ(PREDICT, PLAIN, name, CSEM, 0.05, THROUGH_ZERO, left_out=("model",))
        for name in LEFT_OUT[:1]
    ),
]
SEEDED = "{}, folds of numpy's seed 42"
DEFAULTS = "openpls-engine's fits of the folds stop at its defaults, whatever the whole model's"
COMPARISONS += [
    comparison
    for measure in ("RMSE", "MAE")
    for comparison in compare(
        PREDICT,
        [SMALL],
        (f"PLSpredict {measure}, earliest antecedents",),
        (OPENPLS,),
        tolerance=2e-3,
        reason=DEFAULTS,
        ours=SEEDED.format(f"PLSpredict {measure}, earliest antecedents"),
        convention="Its folds are drawn inside, from a seed; ours are given the same.",
    )
]
LINEAR, MEANS = "CVPAT against the linear model", "CVPAT against the means"
BETWEEN = "CVPAT between two models"
SUMMED = (
    "It sums the items' losses of a construct; ours is their mean, and compared after it is "
    "multiplied by the number of items."
)
ALL_ROWS = (
    "seminrExtras takes the means of all rows, the one predicted among them; ours, and those of "
    "openpls-engine, are those of the other rows."
)
COMPARISONS += [
    *compare(LINEAR, [SMALL], (f"{LINEAR}, one left out",), (EXTRAS,)),
    *compare(MEANS, [SMALL], (f"{MEANS}, one left out",), (EXTRAS,), left_out=("benchmark",),
             convention="The model's losses; those of the means are in a row of their own."),
    differ(MEANS, SMALL, f"{MEANS}, one left out", EXTRAS, 1e-3, ALL_ROWS, left_out=("model",)),
    *compare(BETWEEN, [SMALL], (f"{BETWEEN}, one left out",), (EXTRAS,)),
    *compare(LINEAR, [SMALL], (LINEAR,), (OPENPLS,), tolerance=0.05, reason=DEFAULTS,
             convention=SUMMED),
    *compare(MEANS, [SMALL], (MEANS,), (OPENPLS,), tolerance=0.05, reason=DEFAULTS,
             convention=SUMMED),
]  # fmt: skip
BLANKS = [
    Blank(feature=BETWEEN, peer=OPENPLS, reason=ABSENT),
    *(
        Blank(feature=feature, peer=peer, reason=reason)
        for feature in (LINEAR, MEANS, BETWEEN)
        for peer, reason in (
            (SEMINR, "its sister seminrExtras gives it"),
            (SEMINR_R, NOT_STORED),
            (CSEM, ABSENT),
            (MATRIXPLS, "it is given a covariance table"),
        )
    ),
    Blank(feature=PREDICT, peer=MATRIXPLS, reason="it is given a covariance table"),
]
