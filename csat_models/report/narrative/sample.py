"""Findings on the sample and on the answers."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, distinct, number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import item_text, listed, run, span, tell


def sample_size(
    cells: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    year: int | str,
    n_read: int | None = None,
    unit: str | None = "city",
    by: str | None = "operator",
    min_n: int = 1,
    table: str = "cell_sizes",
) -> Paragraph:
    """Return how many answered, of how many, and how they are spread.

    Parameters
    ----------
    cells : DataFrame
        ``n_obs`` and the columns `unit` and `by`, where given; one row a
        cell, as for `cell_size_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    year : int or str
        The wave.
    n_read : int, optional
        Interviews read from the raw file.
    unit, by : str, optional
        The grouping columns.
    min_n : int
        Sizes of smaller cells are not told.
    table : str
        Name of the table of cell sizes.
    """
    require(cells, ["n_obs", *(name for name in (unit, by) if name)], "sample_size")

    def write(words: Wording) -> str:
        kept = int(cells["n_obs"].sum())
        people = words.count("respondent", kept)
        return run(
            words,
            words.say("finding.sample", year=year, respondents=people),
            _kept(words, kept, n_read),
            _by_group(words, cells, by),
            _by_cell(words, cells, unit, table, min_n),
        )

    return tell(write, labels, language, "text")


def _kept(words: Wording, kept: int, n_read: int | None) -> str:
    if not n_read:
        return ""
    return words.say(
        "finding.sample_kept", read=numbers.integer(n_read), share=numbers.percent(kept / n_read)
    )


def _by_group(words: Wording, cells: pd.DataFrame, by: str | None) -> str:
    if by is None:
        return ""
    parts = [
        words.say(
            "phrase.share_of",
            name=words.value(by, group),
            number=numbers.integer(part(cells, by, group)["n_obs"].sum()),
        )
        for group in distinct(cells, by)
    ]
    return words.say("finding.sample_groups", parts=words.join(parts))


def _by_cell(words: Wording, cells: pd.DataFrame, unit: str | None, table: str, min_n: int) -> str:
    sizes = cells["n_obs"][cells["n_obs"] >= min_n]
    if unit is None or sizes.empty:
        return ""
    return words.say(
        "finding.sample_cells",
        units=words.count(unit, cells[unit].nunique()),
        smallest=numbers.integer(sizes.min()),
        largest=numbers.integer(sizes.max()),
        table=table,
    )


def profile(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "sample_profile",
    figure: str = "sample_profile",
) -> Paragraph:
    """Return where weighting moves the sample's profile most.

    Parameters
    ----------
    frame : DataFrame
        ``attribute``, ``value``, ``share``, optionally ``weighted_share``;
        as for `profile_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["attribute", "value", "share"], "profile")

    def write(words: Wording) -> str:
        shown = words.say("finding.profile", table=table, figure=figure)
        return run(words, shown, _weighting(words, frame))

    return tell(write, labels, language, "text")


def _weighting(words: Wording, frame: pd.DataFrame) -> str:
    if "weighted_share" not in frame:
        return ""
    move = frame["weighted_share"] - frame["share"]
    row = rows_of(frame.loc[[move.abs().idxmax()]])[0]
    return words.say(
        "finding.weighting",
        attribute=words.label(row["attribute"]),
        value=words.value(row["attribute"], row["value"]),
        before=numbers.percent(row["share"]),
        after=numbers.percent(row["weighted_share"]),
    )


def items(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    level: float = 0.95,
    table: str = "items",
    figure: str = "answers",
) -> Paragraph:
    """Return the items answered best and worst.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``mean``, optionally ``lower`` and ``upper``; as for
        `item_table`, items of one scale.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["item", "mean"], "items")
    ordered = rows_of(frame.rename(columns={"mean": "estimate"}).sort_values("estimate"))

    def write(words: Wording) -> str:
        return words.say(
            "finding.items",
            best=item_text(words, ordered[-1]["item"]),
            highest=span(words, ordered[-1], 2, level=level),
            worst=item_text(words, ordered[0]["item"]),
            lowest=span(words, ordered[0], 2, level=level),
            table=table,
            figure=figure,
        )

    return tell(write, labels, language, "text")


def missing(frame: pd.DataFrame, *, labels: LabelSets, language: Language) -> Paragraph:
    """Return how many items lack answers, and which lacks most.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``share`` of those asked.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    """
    require(frame, ["item", "share"], "missing")
    lacking = frame[frame["share"] > 0]
    worst = rows_of(frame.sort_values("share"))[-1]

    def write(words: Wording) -> str:
        if lacking.empty:
            return words.say("finding.missing_none")
        counted = words.say(
            "finding.missing_items",
            items=words.count("item", len(frame)),
            lacking=numbers.integer(len(lacking)),
        )
        share = numbers.percent(worst["share"])
        most = words.say("finding.missing", item=item_text(words, worst["item"]), share=share)
        return run(words, counted, most)

    return tell(write, labels, language, "text")


def other_scales(
    frame: pd.DataFrame, *, labels: LabelSets, language: Language, level: float = 0.95
) -> list[Paragraph]:
    """Return the means of items on other scales than most; none where there are none.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``low``, ``high`` (ends of its scale), ``estimate``, ``lower``,
        ``upper``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    level : float
        Confidence level of the intervals.
    """
    if frame.empty:
        return []
    require(frame, ["item", "low", "high", "estimate", "lower", "upper"], "other_scales")

    def one(words: Wording, row: Row) -> str:
        return words.say(
            "phrase.on_scale",
            item=item_text(words, row["item"]),
            low=f"{number(row, 'low'):g}",
            high=f"{number(row, 'high'):g}",
            mean=span(words, row, 2, level=level),
        )

    def write(words: Wording) -> str:
        names = [one(words, row) for row in rows_of(frame)]
        return words.say("finding.other_scales", items=listed(words, "item", names, heavy=True))

    return [tell(write, labels, language, "text")]
