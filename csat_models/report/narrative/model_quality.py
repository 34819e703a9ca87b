"""Findings on the structural model's quality: effects, fit, prediction, rivals."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, distinct, lookup, number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import run, tell
from csat_models.report.verdicts import (
    NEEDED,
    effect_word,
    predictive_power,
    subject_words,
)

SIZES = ("large", "medium", "small", "negligible")
SIGNIFICANCE = 0.05


def structure_quality(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "structure_quality",
    figure: str = "effect_sizes",
) -> Paragraph:
    """Return collinearity and effect sizes, and the goodness of fit with its critique.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``inner_vif``, ``effect_size`` and ``goodness_of_fit``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, [*NEEDED, "lower", "upper"], "structure_quality")
    vif = part(frame, "criterion", "inner_vif").sort_values("value", ascending=False)
    effects = part(frame, "criterion", "effect_size")
    sizes = [effect_word(number(row, "value")) for row in rows_of(effects)]

    def write(words: Wording) -> str:
        top = rows_of(vif)[0]
        key = {"pass": "low", "caution": "some", "fail": "high"}.get(top["verdict"], "low")
        inflated = words.say(
            f"finding.inner_vif_{key}",
            value=numbers.decimal(number(top, "value"), 2),
            path=subject_words(words, top),
            table=table,
        )
        counts = {size: numbers.integer(sizes.count(size)) for size in SIZES}
        total = words.count("path", len(sizes))
        counted = words.say("finding.effect_sizes", total=total, figure=figure, **counts)
        return run(words, inflated, counted, _goodness(words, frame))

    return tell(write, labels, language, "text")


def _goodness(words: Wording, frame: pd.DataFrame) -> str:
    rows = [
        row for row in rows_of(part(frame, "criterion", "goodness_of_fit")) if not row["status"]
    ]
    if not rows:
        return ""
    limits = numbers.interval(number(rows[0], "lower"), number(rows[0], "upper"), 2)
    value = numbers.decimal(number(rows[0], "value"), 2)
    return words.say("finding.goodness_of_fit", value=value, interval=limits)


def fit(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "fit",
) -> Paragraph:
    """Return what SRMR and the exact-fit test of the estimated model say together.

    Parameters
    ----------
    frame : DataFrame
        As for `fit_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, [*NEEDED, "p_value"], "fit")
    estimated = frame[frame["item"] == "estimated"]
    srmr = rows_of(part(estimated, "criterion", "srmr"))
    exact = part(estimated, "criterion", "exact_fit")
    tests = rows_of(exact[exact["p_value"].notna()])
    inside = rows_of(part(frame, "criterion", "admissibility"))

    def write(words: Wording) -> str:
        rules = [words.say(f"status.{row['status']}") for row in inside if row["verdict"] == "fail"]
        return run(
            words,
            *(words.say("finding.inadmissible", rule=rule) for rule in rules),
            *(_srmr(words, row, table) for row in srmr),
            _exact(words, tests, frame),
        )

    return tell(write, labels, language, "text")


def _srmr(words: Wording, row: Row, table: str) -> str:
    value = numbers.decimal(number(row, "value"), 3)
    return words.say(f"finding.srmr_{row['verdict'] or 'blank'}", value=value, table=table)


def _exact(words: Wording, tests: list[Row], frame: pd.DataFrame) -> str:
    if not tests:
        blank = part(frame, "criterion", "exact_fit")
        reason = str(blank["status"].iloc[0]) if len(blank) else "undefined"
        return words.say("finding.exact_blank", reason=words.say(f"status.{reason}"))
    rejected = [row for row in tests if number(row, "p_value") < SIGNIFICANCE]
    measures = words.join([words.say(f"criterion.{row['construct']}") for row in rejected])
    if not rejected:
        return words.say("finding.exact_kept")
    key = "finding.exact_rejected" if len(rejected) == len(tests) else "finding.exact_mixed"
    return words.say(key, measures=measures)


def prediction(
    items: pd.DataFrame,
    losses: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "prediction",
    test: str = "cvpat",
) -> Paragraph:
    """Return how well the model predicts respondents that it has not seen.

    Parameters
    ----------
    items : DataFrame
        As for `prediction_table`.
    losses : DataFrame
        As for `cvpat_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, test : str
        Names of the tables of items and of CVPAT.
    """
    require(items, ["q2_predict_mean", "rmse_model", "rmse_linear_model"], "prediction")
    beaten = int((items["rmse_model"] < items["rmse_linear_model"]).sum())
    overall = part(losses, "construct", "overall")

    def write(words: Wording) -> str:
        told = words.say(
            "finding.prediction",
            useful=numbers.integer(int((items["q2_predict_mean"] > 0).sum())),
            beaten=numbers.integer(beaten),
            total=words.count("item", len(items)),
            power=words.say(f"power.{predictive_power(beaten / len(items))}"),
            table=table,
        )
        return run(words, told, *(_loss(words, row, test) for row in rows_of(overall)))

    return tell(write, labels, language, "text")


def _loss(words: Wording, row: Row, test: str) -> str:
    if not row["verdict"]:
        return ""
    digits = 3 if row["criterion"] == "cvpat_mean" else 4
    limits = numbers.interval(number(row, "lower"), number(row, "upper"), digits)
    difference = numbers.signed(number(row, "estimate"), digits)
    key = f"finding.{row['criterion']}_{row['verdict']}"
    return words.say(key, difference=difference, interval=limits, table=test)


def alternatives(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "alternatives",
) -> Paragraph:
    """Return for which constructs further paths are worth their price.

    Parameters
    ----------
    frame : DataFrame
        As for `alternatives_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["construct", "model", "bic", "lower", "upper"], "alternatives")
    bic = lookup(frame, "construct", "model")
    constructs = [str(name) for name in distinct(frame, "construct")]
    richer = [
        name
        for name in constructs
        if number(bic[(name, "saturated")], "bic") < number(bic[(name, "model")], "bic")
    ]
    ours = part(frame, "model", "model")
    better = [str(row["construct"]) for row in rows_of(ours) if number(row, "upper") < 0]

    def write(words: Wording) -> str:
        total = words.count("construct", len(constructs))
        key = "finding.bic_wider" if richer else "finding.bic_ours"
        names = words.join([words.label(name) for name in richer])
        told = words.say(key, total=total, constructs=names, table=table)
        end = "finding.loss_wider" if better else "finding.loss_ours"
        return run(
            words, told, words.say(end, constructs=words.join([words.label(b) for b in better]))
        )

    return tell(write, labels, language, "text")
