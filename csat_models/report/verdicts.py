"""The assessment in words: names of criteria, what is asked of them, verdicts, reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.report import numbers
from csat_models.report.frames import Row, number
from csat_models.report.language import Wording

NEEDED = ("criterion", "construct", "construct_2", "item", "value", "verdict", "status")
"""What every table of the chapter asks of its frame."""

GRADES = ("fail", "caution", "pass")
SHOWN, NAMED = 6, 2
STRICTEST, LENIENT = 0.85, 0.90
EFFECTS = ((0.35, "large"), (0.15, "medium"), (0.02, "small"))
RATIOS = ("htmt", "htmt2")
BY_STRUCTURE = ("srmr", "exact_fit")
_TESTED = ("exact_fit", "cvpat_mean", "cvpat_linear_model", "outer_weight", "admissibility")
_RELATIVE = (
    "cross_loading_margin",
    "fornell_larcker_margin",
    "q2_predict_mean",
    "q2_predict_linear_model",
    "predictive_power",
)
_MARKED = ("marker_adjusted_correlation", "marker_controlled_path")
_REPORTED = {
    name
    for name, each in CRITERIA.items()
    if each.direction == "none" and name not in (*_TESTED, *_MARKED, *RATIOS)
}


def criterion_words(words: Wording, row: Row) -> str:
    """Return a criterion's name, with the structure where it has two."""
    text = words.say(f"criterion.{row['criterion']}")
    if row["criterion"] not in BY_STRUCTURE or not row["item"]:
        return text
    structure = words.say(f"fitted.{row['item']}")
    return words.say("phrase.criterion_of", name=text, of=structure)


def capital(text: str) -> str:
    """Return a name as it stands at the head of a cell; symbols stay as they are.

    Examples
    --------
    >>> capital("exact fit"), capital("f²"), capital("ρA")
    ('Exact fit', 'f²', 'ρA')
    """
    is_word = text[1:2].isascii() and text[1:2].islower()
    return text[:1].upper() + text[1:] if is_word else text


def asked_words(words: Wording, row: Row) -> str:
    """Return what is asked of a criterion: "≥ 0.70", "< 3.00 (< 5.00)", "p ≥ 0.05"."""
    name = str(row["criterion"])
    if name in (*_TESTED, *_RELATIVE, *_MARKED):
        return words.say(f"asked.{'marker' if name in _MARKED else name}")
    criterion = CRITERIA[name]
    digits = 3 if name == "effect_size" else 2
    sign = "≥" if criterion.direction == "at_least" else "<"
    good = f"{sign} {numbers.decimal(number(row, 'threshold'), digits)}"
    bad = criterion.bad
    if name in RATIOS:
        return f"{good} ({sign} {numbers.decimal(LENIENT, 2)})"
    graded = bad is not None and bad != criterion.good and bad > 0.0
    return f"{good} ({sign} {numbers.decimal(bad, digits)})" if graded else good  # type: ignore[arg-type]


def verdict_words(words: Wording, row: Row) -> str:
    """Return a verdict in words; without one, why."""
    status = words.say(f"status.{row['status']}") if row.get("status") else ""
    grade = words.say(f"grade.{row['verdict']}") if row.get("verdict") else ""
    if grade and status:
        return words.say("phrase.with", name=grade, detail=status)
    return grade or status or numbers.MISSING


def subject_words(words: Wording, row: Row) -> str:
    """Return what a row is of: an item, a pair, a path, a construct, a measure of fit."""
    name = str(row["criterion"])
    if row["construct_2"]:
        key = "phrase.between" if name in RATIOS else "phrase.path"
        first, second = words.label(row["construct"]), words.label(row["construct_2"])
        return words.say(key, source=first, target=second)
    if name in BY_STRUCTURE or not (row["construct"] or row["item"]):
        return _of_the_whole(words, row)
    if row["construct"] == "overall":
        return words.say("phrase.overall")
    return str(row["item"]) or words.label(row["construct"])


def _of_the_whole(words: Wording, row: Row) -> str:
    if row["construct"]:
        return words.say(f"criterion.{row['construct']}")
    known = not math.isnan(number(row, "value"))
    return words.say("phrase.whole_model") if known else numbers.MISSING


def overview(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the rows of the assessment, criterion by criterion (and structure).

    Criteria that are reported without a threshold are left out. HTMT and HTMT2 have one row
    a pair: met below .85, with caution below .90.
    """
    judged = frame[~frame["criterion"].isin(_REPORTED)]
    keys = (
        judged["criterion"] + "|" + judged["item"].where(judged["criterion"].isin(BY_STRUCTURE), "")
    )
    found = [judged[keys == key] for key in keys.drop_duplicates()]
    return [_graded(rows) if rows["criterion"].iloc[0] in RATIOS else rows for rows in found]


def _graded(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the verdicts against .85 and .90 on one pair together."""
    pair = ["construct", "construct_2"]
    first = rows.drop_duplicates(pair)
    passed = rows.assign(met=rows["threshold"].where(rows["verdict"] == "pass"))
    strictest = passed.groupby(pair, sort=False)["met"].min().to_numpy()
    grade = np.where(
        strictest <= STRICTEST, "pass", np.where(strictest <= LENIENT, "caution", "fail")
    )
    known = first["verdict"] != ""
    return first.assign(threshold=STRICTEST, verdict=np.where(known, grade, ""))


def grade_of(rows: pd.DataFrame) -> str:
    """Return the worst verdict of a criterion's rows; blank where nothing is judged."""
    present = set(rows["verdict"])
    return next((grade for grade in GRADES if grade in present), "")


def named(words: Wording, rows: Sequence[str]) -> str:
    """Return the first of several names, and how many more there are."""
    kept = list(dict.fromkeys(rows))
    rest = len(kept) - NAMED
    if rest < 2:  # noqa: PLR2004 (one more name is no longer than "and 1 more")
        return words.join(kept)
    return words.say(
        "phrase.and_more", names=words.say("phrase.comma").join(kept[:NAMED]), number=rest
    )


def worst(rows: pd.DataFrame, by: str, *, ascending: bool, least: int = SHOWN) -> pd.DataFrame:
    """Return the rows that do not pass, and the next weakest until `least` are shown."""
    ordered = rows.sort_values(by, ascending=ascending, kind="stable")
    open_ = ordered["verdict"].isin(("fail", "caution"))
    count = max(int(open_.sum()), min(least, len(ordered)))
    kept = pd.concat([ordered[open_], ordered[~open_]]).head(count)
    return kept.sort_values(by, ascending=ascending, kind="stable")


def ratio_limits(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a pair of constructs, the closest first.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``htmt`` and ``htmt2`` against each threshold.

    Returns
    -------
    DataFrame
        ``construct``, ``construct_2``, and of each ratio ``value_``, ``upper_`` and
        ``below_``, the strictest threshold that its limit stays below (missing if none).
    """
    pair = ["construct", "construct_2"]
    kept = frame[frame["criterion"].isin(RATIOS) & frame["value"].notna()]
    found = kept[pair].drop_duplicates()
    for name in RATIOS:
        rows = kept[kept["criterion"] == name]
        rows = rows.assign(below=rows["threshold"].where(rows["verdict"] == "pass"))
        each = rows.groupby(pair, sort=False).agg(
            value=("value", "first"), upper=("upper", "first"), below=("below", "min")
        )
        found = found.merge(each.add_suffix(f"_{name}").reset_index(), on=pair, how="left")
    closeness = found[[f"{part}_{name}" for name in RATIOS for part in ("value", "upper")]]
    order = closeness.max(axis=1).sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def effect_word(value: float) -> str:
    """Return the size of an effect f2 in Cohen's words.

    Examples
    --------
    >>> effect_word(0.01), effect_word(0.2), effect_word(float("nan"))
    ('negligible', 'medium', 'unknown')
    """
    if math.isnan(value):
        return "unknown"
    return next((word for limit, word in EFFECTS if value >= limit), "negligible")


def predictive_power(share: float) -> str:
    """Return the predictive power by the share of items that beat the linear model.

    Examples
    --------
    >>> predictive_power(1.0), predictive_power(0.5), predictive_power(0.0)
    ('high', 'medium', 'none')
    """
    if share >= 1.0:
        return "high"
    if share >= 0.5:  # noqa: PLR2004
        return "medium"
    return "low" if share > 0.0 else "none"
