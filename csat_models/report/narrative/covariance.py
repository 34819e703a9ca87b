"""Findings of the covariance-based model: fit, what it misses, groups, other methods."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, path, run, tell
from csat_models.report.tables.covariance import fit_value, parameter

INADMISSIBLE = "inadmissible_"
TINY = 1e-9


def covariance_fit(
    frame: pd.DataFrame,
    parameters: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "covariance_fit",
) -> Paragraph:
    """Return how well the factor model fits, and whether its solution can be read.

    Parameters
    ----------
    frame : DataFrame
        ``criterion``, ``value``, ``verdict``, ``n_obs``, as for
        `covariance_fit_table`.
    parameters : DataFrame
        ``lhs``, ``op``, ``rhs``, ``estimate``, ``standardised``: a negative
        variance and a path beyond 1 are said.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["criterion", "value", "verdict", "n_obs"], "covariance_fit")
    found = {str(row["criterion"]): row for row in rows_of(frame)}
    judged = [row for row in rows_of(frame) if row["verdict"]]

    def write(words: Wording) -> str:
        rmsea = found["rmsea"]
        opening = words.say(
            "finding.covariance_fit",
            respondents=words.count("respondent", int(number(found["cfi"], "n_obs"))),
            chi_square=fit_value(found["chi_square"]),
            df=fit_value(found["degrees_of_freedom"]),
            p=numbers.p_statement(number(found["p_value"], "value")),
            cfi=fit_value(found["cfi"]),
            rmsea=fit_value(rmsea),
            limits=numbers.interval(number(rmsea, "lower"), number(rmsea, "upper"), 3),
            srmr=fit_value(found["srmr"]),
            table=table,
        )
        return run(words, opening, _judged(words, judged), *_doubts(words, parameters))

    return tell(write, labels, language)


def _judged(words: Wording, judged: list[Row]) -> str:
    if not judged:
        return words.say("finding.covariance_saturated")
    weak = [row for row in judged if row["verdict"] != "pass"]
    names = [words.say(f"covariance.is.{row['criterion']}") for row in weak]
    return words.say(
        "finding.covariance_verdicts" if weak else "finding.covariance_verdicts_clear",
        total=words.count("criterion", len(judged)),
        names=listed(words, "criterion", names, heavy=True),
    )


def _doubts(words: Wording, parameters: pd.DataFrame) -> list[str]:
    own = parameters[(parameters["op"] == "~~") & (parameters["lhs"] == parameters["rhs"])]
    negative = [words.label(name) for name in own.loc[own["estimate"] < -TINY, "lhs"]]
    paths = parameters[parameters["op"] == "~"]
    beyond = rows_of(paths[paths["standardised"].abs() > 1].sort_values("standardised", key=abs))
    texts = [
        words.say(
            "phrase.effect",
            name=path(words, {"source": row["rhs"], "target": row["lhs"]}),
            number=numbers.decimal(number(row, "standardised"), 2),
        )
        for row in reversed(beyond)
    ]
    found = []
    if negative:
        found.append(words.say("finding.covariance_negative", names=words.join(negative)))
    if texts:
        names = listed(words, "path", texts, heavy=True)
        found.append(words.say("finding.covariance_beyond", paths=names))
    return found


def modifications(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    constructs: Sequence[str] = (),
    table: str = "modifications",
) -> Paragraph:
    """Return what the factor model misses most, with the caution that belongs to it.

    Parameters
    ----------
    frame : DataFrame
        ``lhs``, ``op``, ``rhs``, ``modification_index``, largest first.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    constructs : sequence of str
        What is called by its label; items are called by their codes.
    table : str
        Name of the table.
    """
    require(frame, ["lhs", "op", "rhs", "modification_index"], "modifications")
    top = rows_of(frame)[0]

    def write(words: Wording) -> str:
        return words.say(
            "finding.modification",
            name=parameter(words, top, constructs),
            index=numbers.decimal(number(top, "modification_index"), 1),
            table=table,
        )

    return tell(write, labels, language, "text")


def measurement_invariance(
    frame: pd.DataFrame,
    releases: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    constructs: Sequence[str] = (),
    groups: str = "brands",
    table: str = "measurement_invariance",
) -> Paragraph:
    """Return what may be compared between groups: relations, and means.

    Parameters
    ----------
    frame : DataFrame
        ``level``, ``verdict_cheung_rensvold``, ``verdict_chen``, ``status``, as
        for `measurement_invariance_table`.
    releases : DataFrame
        What differs most where a level fails; may be empty.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    constructs : sequence of str
        What is called by its label; items are called by their codes.
    groups : {"brands", "waves"}
        What is compared.
    table : str
        Name of the table.
    """
    require(frame, ["level", "verdict_cheung_rensvold", "status"], "measurement_invariance")
    rows = rows_of(frame)
    lost = next((row for row in rows if row["status"] == "no_fit"), None)
    improper = [row for row in rows if row["status"] == "improper"]
    verdicts = [{row["verdict_cheung_rensvold"], row["verdict_chen"]} for row in rows]
    failed = next((k for k, verdict in enumerate(verdicts) if "fails" in verdict), None)
    last = len(rows) if failed is None else failed
    known = lost is None or rows.index(lost) > last

    def write(words: Wording) -> str:
        what = words.say(f"covariance.groups.{groups}")
        if not known and lost is not None:
            level = words.say(f"covariance.level.{lost['level']}")
            return words.say(
                "finding.measurement_invariance_no_fit", groups=what, level=level, table=table
            )
        outcome = rows[failed]["level"] if failed is not None else "all"
        opening = words.say(f"finding.measurement_invariance_{outcome}", groups=what, table=table)
        odd = words.say("finding.measurement_invariance_improper") if improper else ""
        return run(words, opening, _released(words, releases, constructs), odd)

    return tell(write, labels, language)


def _released(words: Wording, releases: pd.DataFrame, constructs: Sequence[str]) -> str:
    if releases.empty:
        return ""
    rows = rows_of(releases.drop_duplicates(["lhs", "rhs"]))
    names = [parameter(words, row, constructs) for row in rows]
    return words.say("finding.measurement_invariance_released", names=words.join(names[:3]))


def reconciliation(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "path_by_method",
    figure: str = "paths_by_method",
) -> Paragraph:
    """Return how far PLS, consistent PLS and the factor model are apart, and why.

    Parameters
    ----------
    frame : DataFrame
        ``quantity``, ``construct``, ``term``, ``method``, ``value``, ``status``,
        as for `reconciliation_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table of paths and of the figure.
    """
    require(frame, ["quantity", "method", "value", "status"], "reconciliation")

    def write(words: Wording) -> str:
        return run(
            words,
            _apart(words, frame, table, figure),
            _between_factors(words, frame),
            *_statuses(words, frame, table),
        )

    return tell(write, labels, language, "text")


def _apart(words: Wording, frame: pd.DataFrame, table: str, figure: str) -> str:
    """How far the factor model is from PLS; nothing where it has no numbers."""
    size = _gap(frame, "path", "pls", size=True)
    if math.isnan(size):
        return ""
    largest = float(_of(frame, "path", "cbsem").abs().max())
    return words.say(
        "finding.methods_apart" if largest <= 1 else "finding.methods_unidentified",
        loadings=numbers.signed(_gap(frame, "loading", "pls"), 3),
        paths=numbers.decimal(size if largest <= 1 else largest, 3),
        table=table,
        figure=figure,
    )


def _between_factors(words: Wording, frame: pd.DataFrame) -> str:
    """How far the two ways to factors are apart, where both can be read."""
    size = _gap(frame, "path", "plsc", size=True)
    unread = _status(frame, "plsc") or not _of(frame, "path", "cbsem").abs().max() <= 1
    if math.isnan(size) or unread:
        return ""
    return words.say("finding.methods_factors", size=numbers.decimal(size, 3))


def _of(frame: pd.DataFrame, quantity: str, method: str) -> pd.Series[float]:
    return part(part(frame, "quantity", quantity), "method", method)["value"]


def _gap(frame: pd.DataFrame, quantity: str, method: str, *, size: bool = False) -> float:
    """Mean difference (or its mean size) of the factor model from `method`."""
    mine = part(frame, "quantity", quantity)
    wide = mine.pivot_table(index=["construct", "term"], columns="method", values="value")
    if not {"cbsem", method} <= set(wide):
        return float("nan")
    change = wide["cbsem"] - wide[method]
    return float((change.abs() if size else change).mean())


def _status(frame: pd.DataFrame, method: str) -> str:
    found = part(frame, "method", method)["status"]
    return "" if found.empty else str(found.iloc[0])


def _statuses(words: Wording, frame: pd.DataFrame, table: str) -> list[str]:
    texts = []
    for method in dict.fromkeys(frame["method"]):
        status, name = _status(frame, method), words.say(f"covariance.by.{method}")
        if status.startswith(INADMISSIBLE):
            rule = words.say(f"rule.{status.removeprefix(INADMISSIBLE)}")
            texts.append(
                words.say("finding.method_inadmissible", method=name, rule=rule, table=table)
            )
        elif status:
            texts.append(words.say(f"finding.method_{status}", method=name, table=table))
    return texts
