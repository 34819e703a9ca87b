"""The model in three tables, as a journal asks for them: measurement, distinctness, structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Align, Language, Table
from csat_models.report.frames import Row, distinct, lookup, number, pair_order, part, require
from csat_models.report.frames import rows_of as rows_in
from csat_models.report.language import Wording
from csat_models.report.tables.columns import with_interval
from csat_models.report.tables.measurement import THRESHOLDS

_INDENT = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the numbers of a table rest on; it stands below the table.

    Attributes
    ----------
    method : {"pls", "plsc"}
        The estimator.
    scheme : {"path", "centroid", "factorial"}
        Inner weighting scheme.
    n_obs : int
        Respondents.
    n_effective : float
        Kish's effective number; that of the respondents without weights.
    n_boot : int
        Bootstrap draws.
    """

    method: str
    scheme: str
    n_obs: int
    n_effective: float
    n_boot: int

    def told(self, words: Wording) -> str:
        """Return the sentence that names estimator, respondents and draws."""
        weighted = self.n_effective < self.n_obs - 0.5
        size = numbers.integer(self.n_effective)
        return words.say(
            "summary.basis",
            method=words.say(f"summary.method.{self.method}"),
            scheme=words.say(f"scheme.{self.scheme}"),
            respondents=words.count("respondent", self.n_obs),
            effective=words.say("summary.effective", number=size) if weighted else "",
            n_boot=numbers.integer(self.n_boot),
        )


def measurement_model_table(
    loadings: pd.DataFrame,
    reliability: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    basis: Basis,
    level: float = 0.95,
    constructs: Sequence[str] = (),
    name: str = "measurement_model",
) -> Table:
    """Return items with their loadings under constructs with their reliabilities.

    Parameters
    ----------
    loadings : DataFrame
        ``construct``, ``item``, ``estimate``, ``lower``, ``upper``, ``standard_error``.
    reliability : DataFrame
        ``construct``, ``statistic``, ``estimate``; the statistics of
        :data:`~csat_models.report.tables.measurement.THRESHOLDS`.
    labels : mapping of str to str
        Texts of constructs and items.
    language : {"zh", "en"}
        Language of caption and headers.
    basis : Basis
        Estimator, respondents, draws.
    level : float
        Confidence level of the intervals.
    constructs : sequence of str
        All constructs of the model; those without a loading are named below.
    name : str
        The table's name.

    Returns
    -------
    Table
        A line a construct and a line an item; ``t`` is the loading by its standard error.
    """
    columns = ["construct", "item", "estimate", "lower", "upper", "standard_error"]
    require(loadings, columns, "measurement_model_table")
    require(reliability, ["construct", "statistic", "estimate"], "measurement_model_table")
    words = Wording(language=language, labels=labels)
    cells = lookup(reliability, "construct", "statistic")
    lines: list[tuple[str, ...]] = []
    for construct in distinct(loadings, "construct"):
        found = [cells.get((construct, statistic)) for statistic in THRESHOLDS]
        values = (numbers.decimal(number(row, "estimate"), 3) for row in found)
        lines.append((words.label(construct), "", "", *values))
        mine = rows_in(part(loadings, "construct", construct))
        lines += [(*_item_cells(words, row), *("" for _ in THRESHOLDS)) for row in mine]
    single = [each for each in constructs if each not in set(loadings["construct"])]
    interval = words.say("header.interval", level=numbers.level(level))
    middle: Align = "center"
    right: Align = "right"
    return Table(
        name=name,
        caption=words.say("table.measurement_model"),
        frame=loadings.reset_index(drop=True),
        header=(
            words.say("header.construct_item"),
            f"{words.say('header.loading')} [{interval}]",
            "t",
            *(words.say(f"statistic.{statistic}") for statistic in THRESHOLDS),
        ),
        rows=tuple(lines),
        align=("left", middle, right, *(right for _ in THRESHOLDS)),
        note=_measurement_note(words, basis, single),
    )


def _item_cells(words: Wording, row: Row) -> tuple[str, str, str]:
    t = number(row, "estimate") / number(row, "standard_error")
    return (
        f"{_INDENT}{words.named(row['item'])}",
        with_interval(row, 3),
        numbers.decimal(t, 1),
    )


def _measurement_note(words: Wording, basis: Basis, single: Sequence[str]) -> str:
    names = words.join([words.label(each) for each in single])
    rest = words.say("note.single_items", names=names) if single else ""
    shown = (basis.told(words), words.say("note.measurement_model"), rest)
    return words.say("phrase.space").join(text for text in shown if text)


def discriminant_table(
    htmt: pd.DataFrame,
    correlations: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    basis: Basis,
    constructs: Sequence[str] = (),
    level: float = 0.95,
    name: str = "discriminant",
) -> Table:
    """Return HTMT below, the root of AVE on, and correlations above the diagonal.

    Parameters
    ----------
    htmt : DataFrame
        A row a pair: ``construct``, ``construct_2``, ``estimate`` and ``upper``,
        the one-sided limit.
    correlations : DataFrame
        ``construct``, ``construct_2``, ``estimate``: a correlation, or the square
        root of AVE where both are the same.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    basis : Basis
        Estimator, respondents, draws.
    constructs : sequence of str
        Their order; by default that of appearance.
    level : float
        Confidence level of the limits.
    name : str
        The table's name.

    Returns
    -------
    Table
        Columns are numbered like the rows.
    """
    for frame in (htmt, correlations):
        require(frame, ["construct", "construct_2", "estimate"], "discriminant_table")
    words = Wording(language=language, labels=labels)
    names = pair_order(correlations, constructs)
    ratios, related = (_both_ways(frame) for frame in (htmt, correlations))

    def show(row: int, column: int) -> str:
        pair = names[row], names[column]
        if column >= row:
            return numbers.decimal(number(related.get(pair), "estimate"), 2)
        found = ratios.get(pair)
        upper = numbers.decimal(number(found, "upper"), 2)
        return f"{numbers.decimal(number(found, 'estimate'), 2)}\n({upper})"

    places = range(len(names))
    middle: Align = "center"
    merged = correlations.assign(criterion="correlation")
    note = words.say("note.discriminant", level=numbers.level(level))
    return Table(
        name=name,
        caption=words.say("table.discriminant"),
        frame=pd.concat([htmt.assign(criterion="htmt"), merged], ignore_index=True),
        header=(words.say("header.construct"), *(f"({place + 1})" for place in places)),
        rows=tuple(
            (f"({row + 1}) {words.label(names[row])}", *(show(row, column) for column in places))
            for row in places
        ),
        align=("left", *(middle for _ in places)),
        note=words.say("phrase.space").join([basis.told(words), note]),
    )


def _both_ways(frame: pd.DataFrame) -> dict[tuple[object, ...], Row]:
    cells = lookup(frame, "construct", "construct_2")
    return cells | {(second, first): row for (first, second), row in cells.items()}


def structural_model_table(
    paths: pd.DataFrame,
    r_squared: pd.DataFrame,
    quality: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    basis: Basis,
    level: float = 0.95,
    predicted: pd.DataFrame | None = None,
    name: str = "structural_model",
) -> Table:
    """Return the paths to every construct with effect size and collinearity, and its R².

    Parameters
    ----------
    paths : DataFrame
        ``source``, ``target``, ``estimate``, ``lower``, ``upper``, ``p_value``.
    r_squared : DataFrame
        ``construct``, ``estimate``, ``lower``, ``upper``.
    quality : DataFrame
        Rows of the criteria ``inner_vif`` and ``effect_size``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    basis : Basis
        Estimator, respondents, draws.
    level : float
        Confidence level of the intervals.
    predicted : DataFrame, optional
        ``construct`` and ``q2_predict_mean`` of the items predicted out of sample.
    name : str
        The table's name.

    Returns
    -------
    Table
        A line an endogenous construct, then one a path to it.
    """
    needed = ["source", "target", "estimate", "lower", "upper", "p_value"]
    require(paths, needed, "structural_model_table")
    words = Wording(language=language, labels=labels)
    explained = lookup(r_squared, "construct")
    lines: list[tuple[str, ...]] = []
    for target in distinct(paths, "target"):
        share = with_interval(explained.get((target,)), 3)
        head = f"R² = {share}"
        lines.append((words.label(target), head, "", "", "", _predicted(predicted, target)))
        mine = rows_in(part(paths, "target", target))
        lines += [(*_path_cells(words, row, quality), "") for row in mine]
    span = words.say("header.interval", level=numbers.level(level))
    middle: Align = "center"
    right: Align = "right"
    note = words.say("phrase.space").join([basis.told(words), words.say("note.structural_model")])
    return Table(
        name=name,
        caption=words.say("table.structural_model"),
        frame=paths.reset_index(drop=True),
        header=(
            words.say("header.path_to"),
            f"{words.say('header.path')} [{span}]",
            words.say("header.p_value"),
            words.say("criterion.effect_size"),
            "VIF",
            words.say("header.predicted_items"),
        ),
        rows=tuple(lines),
        align=("left", middle, right, right, right, middle),
        note=note,
    )


def _path_cells(words: Wording, row: Row, quality: pd.DataFrame) -> tuple[str, ...]:
    here = quality[
        (quality["construct"] == row["source"]) & (quality["construct_2"] == row["target"])
    ]
    found = lookup(here, "criterion")
    least = 2.0 / number(row, "n_draws") if "n_draws" in row else 0.0
    return (
        f"{_INDENT}{words.label(row['source'])} →",
        with_interval(row, 3),
        numbers.p_value(number(row, "p_value"), least),
        numbers.decimal(number(found.get(("effect_size",)), "value"), 3),
        numbers.decimal(number(found.get(("inner_vif",)), "value"), 2),
    )


def _predicted(frame: pd.DataFrame | None, construct: str) -> str:
    values = pd.Series(dtype=float) if frame is None else frame["q2_predict_mean"]
    mine = values if frame is None else values[frame["construct"] == construct].dropna()
    if mine.empty:
        return numbers.MISSING
    ends = dict.fromkeys(numbers.decimal(float(each), 2) for each in (mine.min(), mine.max()))
    return " – ".join(ends)
