"""Tables of the covariance-based model: fit, parameters, groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, distinct, number, part, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    decimal_column,
    label_column,
    p_value_column,
)

AT_MOST = ("rmsea", "srmr", "srmr_correlation", "rmsea_robust")
P_VALUES = ("p_value", "p_value_scaled", "rmsea_close_fit_p", "rmsea_robust_close_fit_p")
COUNTS = ("degrees_of_freedom", "negative_variances")
LARGE = ("chi_square", "chi_square_scaled", "aic", "bic", "bic_adjusted")
KINDS = {"=~": "loading", "~": "path", "~~": "covariance", "~1": "intercept"}


def covariance_fit_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "covariance_fit",
) -> Table:
    """Return the table of fit: value, threshold and verdict of every measure, sources below.

    Parameters
    ----------
    frame : DataFrame
        As :func:`~csat_models.assessment.covariance_fit_table` gives it.
    labels : mapping of str to str
        Not used but taken, as by all tables.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    needed = ["criterion", "value", "threshold", "verdict", "reference"]
    require(frame, needed, "covariance_fit_table")
    words = Wording(language=language, labels=labels)
    columns = [
        _column(words, "criterion", lambda row: words.say(f"covariance.is.{row['criterion']}")),
        _column(words, "value", lambda row: _fit_value(words, row), right=True),
        _column(words, "threshold", _threshold),
        _column(words, "verdict", lambda row: _verdict(words, row)),
    ]
    note = words.say("covariance.note.fit", sources=_sources(words, frame))
    return build(name, words.say("covariance.table.fit"), frame, columns, note)


def _sources(words: Wording, frame: pd.DataFrame) -> str:
    """Name the measures of every source: "CFI, TLI [@hu1999]"."""
    texts = []
    for reference in distinct(frame, "reference"):
        mine = distinct(part(frame, "reference", reference), "criterion")
        names = [words.say(f"covariance.is.{criterion}") for criterion in mine]
        texts.append(f"{words.say('phrase.comma').join(names)} [@{reference}]")
    return words.say("phrase.semicolon").join(texts)


def _column(
    words: Wording, name: str, show: Callable[[Row], str], *, right: bool = False
) -> Column:
    header = words.say(f"covariance.header.{name}")
    return Column(header=header, show=show, align="right" if right else "left")


def fit_value(row: Row) -> str:
    """Return a measure of fit as text, by what it is.

    Examples
    --------
    >>> fit_value({"criterion": "chi_square", "value": 12.3456}), fit_value(
    ...     {"criterion": "cfi", "value": 0.9})
    ('12.35', '0.900')
    """
    name, value = str(row["criterion"]), number(row, "value")
    if name in P_VALUES:
        return numbers.p_value(value)
    if name in COUNTS:
        return numbers.integer(value)
    return numbers.decimal(value, 2 if name in LARGE else 3)


def _fit_value(words: Wording, row: Row) -> str:
    if row.get("status"):
        return words.say(f"covariance.status.{row['status']}")
    limits = numbers.interval(number(row, "lower"), number(row, "upper"), 3)
    text = fit_value(row)
    return text if limits == numbers.MISSING else f"{text} {limits}"


def _threshold(row: Row) -> str:
    value = number(row, "threshold")
    sign = "≤" if row["criterion"] in AT_MOST else "≥"
    return "" if math.isnan(value) else f"{sign} {value:.2f}"


def _verdict(words: Wording, row: Row) -> str:
    return words.say(f"covariance.verdict.{row['verdict']}") if row["verdict"] else ""


def covariance_loadings_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "covariance_loadings",
) -> Table:
    """Return the loadings of the factor model with robust standard errors.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``item``, ``estimate``, ``standard_error``, ``p_value``,
        ``standardised``.
    labels, language, name
        As in :func:`covariance_fit_table`.
    """
    require(frame, ["construct", "item", "estimate"], "covariance_loadings_table")
    words = Wording(language=language, labels=labels)
    code = indicator_column(words, "item", frame)
    first = [label_column(words, "construct", words.say("header.construct")), code]
    caption, note = words.say("covariance.table.loadings"), words.say("covariance.note.parameters")
    return build(name, caption, frame, [*first, *_estimates(words)], note)


def indicator_column(words: Wording, name: str, frame: pd.DataFrame) -> Column:
    """Return items by their codes, and dimensions of constructs by their labels."""
    dimensions = set(frame["construct"])

    def show(row: Row) -> str:
        return words.label(row[name]) if row[name] in dimensions else str(row[name])

    return Column(header=words.say("header.item"), show=show, align="left")


def covariance_paths_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "covariance_paths",
) -> Table:
    """Return the paths of the factor model with robust standard errors.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``estimate``, ``standard_error``, ``p_value``,
        ``standardised``.
    labels, language, name
        As in :func:`covariance_fit_table`.
    """
    require(frame, ["source", "target", "estimate"], "covariance_paths_table")
    words = Wording(language=language, labels=labels)
    ends = [label_column(words, end, words.say(f"header.{end}")) for end in ("source", "target")]
    caption, note = words.say("covariance.table.paths"), words.say("covariance.note.parameters")
    return build(name, caption, frame, [*ends, *_estimates(words)], note)


def _estimates(words: Wording) -> list[Column]:
    return [
        decimal_column(words.say("covariance.header.estimate"), "estimate", 3),
        decimal_column(words.say("header.standard_error"), "standard_error", 3),
        p_value_column(words),
        decimal_column(words.say("covariance.header.standardised"), "standardised", 3),
    ]


def modification_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    constructs: Sequence[str] = (),
    name: str = "modifications",
) -> Table:
    """Return the parameters that the model misses most.

    Parameters
    ----------
    frame : DataFrame
        As :func:`~csat_models.estimation.modification_indices` gives it.
    labels, language, name
        As in :func:`covariance_fit_table`.
    constructs : sequence of str
        What is called by its label; items are called by their codes.
    """
    require(frame, ["lhs", "op", "rhs", "modification_index"], "modification_table")
    words = Wording(language=language, labels=labels)
    columns = [
        *_parameter_columns(words, constructs),
        decimal_column(words.say("covariance.header.index"), "modification_index", 2),
        decimal_column(words.say("covariance.header.change"), "expected_change", 3, signed=True),
        decimal_column(
            words.say("covariance.header.standard_change"), "standardised_change", 3, signed=True
        ),
    ]
    note = words.say("covariance.note.modifications")
    return build(name, words.say("covariance.table.modifications"), frame, columns, note)


def _parameter_columns(words: Wording, constructs: Sequence[str]) -> list[Column]:
    return [
        _column(words, "kind", lambda row: words.say(f"covariance.kind.{KINDS[row['op']]}")),
        _column(words, "parameter", lambda row: parameter(words, row, constructs)),
    ]


def parameter(words: Wording, row: Row, constructs: Sequence[str]) -> str:
    """Return a parameter as text: "Image → IMA1", "IMA1 ↔ IMA2"; items by their codes.

    Examples
    --------
    >>> words = Wording(language="en", labels={"A": "Alpha", "B": "Beta", "a1": "A long text"})
    >>> parameter(words, {"lhs": "B", "op": "~", "rhs": "A"}, ["A", "B"])
    'Alpha → Beta'
    >>> parameter(words, {"lhs": "A", "op": "=~", "rhs": "a1"}, ["A", "B"])
    'Alpha → a1'
    """
    left, right = (
        words.label(row[side]) if row[side] in constructs else str(row[side])
        for side in ("lhs", "rhs")
    )
    if row["op"] == "~1":
        return left
    first, last = (right, left) if row["op"] == "~" else (left, right)
    key = "covariance.phrase.both" if row["op"] == "~~" else "covariance.phrase.one"
    return words.say(key, first=first, last=last)


def measurement_invariance_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    groups: str = "brands",
    name: str = "measurement_invariance",
) -> Table:
    """Return the levels of measurement invariance, one line a level.

    Parameters
    ----------
    frame : DataFrame
        As :func:`~csat_models.assessment.measurement_invariance` gives it.
    labels, language, name
        As in :func:`covariance_fit_table`.
    groups : {"brands", "waves"}
        What is compared.
    """
    wanted = ["level", "chi_square", "delta_cfi", "verdict_chen"]
    require(frame, wanted, "measurement_invariance_table")
    words = Wording(language=language, labels=labels)
    columns = [
        _column(words, "level", lambda row: words.say(f"covariance.level.{row['level']}")),
        _column(words, "chi_square", lambda row: _test(row, ""), right=True),
        *[_measure(words, key) for key in ("cfi", "rmsea", "srmr")],
        _column(words, "difference", lambda row: _test(row, "_difference"), right=True),
        Column(
            header=words.say("header.p_value"),
            show=lambda row: numbers.p_value(number(row, "difference_p_value")),
        ),
        *[_measure(words, f"delta_{key}") for key in ("cfi", "rmsea", "srmr")],
        _column(words, "holds", lambda row: _holds(words, row)),
    ]
    caption = words.say(f"covariance.table.invariance_{groups}")
    return build(name, caption, frame, columns, words.say("covariance.note.invariance"))


def _measure(words: Wording, name: str) -> Column:
    header = words.say(f"covariance.header.{name}")
    return decimal_column(header, name, 3, signed=name.startswith("delta"))


def _test(row: Row, which: str) -> str:
    freedom = "difference_degrees_of_freedom" if which else "degrees_of_freedom"
    value = number(row, f"chi_square{which}")
    if math.isnan(value):
        return numbers.MISSING
    return f"{numbers.decimal(value, 1)} ({numbers.integer(number(row, freedom))})"


def _holds(words: Wording, row: Row) -> str:
    if row.get("status"):
        return words.say(f"covariance.status.{row['status']}")
    pair = [str(row[f"verdict_{name}"]) for name in ("cheung_rensvold", "chen")]
    if not all(pair):
        return ""
    return " / ".join(words.say(f"covariance.verdict.{verdict}") for verdict in pair)


def release_tables(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    constructs: Sequence[str] = (),
    name: str = "releases",
) -> list[Table]:
    """Return the table of the parameters whose equality is missed most; none if none is.

    Parameters
    ----------
    frame : DataFrame
        ``level`` and the columns of
        :func:`~csat_models.estimation.release_indices`.
    labels, language, name
        As in :func:`covariance_fit_table`.
    constructs : sequence of str
        What is called by its label; items are called by their codes.
    """
    if frame.empty:
        return []
    require(frame, ["group", "lhs", "op", "rhs", "modification_index"], "release_tables")
    words = Wording(language=language, labels=labels)
    columns = [
        *_parameter_columns(words, constructs),
        _column(words, "group", lambda row: words.label(row["group"])),
        decimal_column(words.say("covariance.header.index"), "modification_index", 2),
        decimal_column(words.say("covariance.header.change"), "expected_change", 3, signed=True),
    ]
    level = words.say(f"covariance.level.{frame['level'].iloc[0]}")
    caption = words.say("covariance.table.releases", level=level)
    return [build(name, caption, frame, columns)]
