"""Prediction of respondents whom the model has not seen."""

from __future__ import annotations

from benchmarks.parity.cases import MODE_A
from benchmarks.parity.peers import CSEM, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
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
BLANKS = [
    Blank(feature=PREDICT, peer=OPENPLS, reason="its folds are drawn inside and cannot be given"),
    Blank(feature=PREDICT, peer=MATRIXPLS, reason="it is given a covariance table"),
]
