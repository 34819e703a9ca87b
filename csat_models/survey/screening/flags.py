"""What screening says of each row: flags, never deletions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.intake.responses import Responses

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flag:
    """One kind of finding about n rows.

    Attributes
    ----------
    name : str
        Such as ``"speeder"``.
    rows : ndarray of bool, shape (n,)
        Whom it concerns.
    value : ndarray, shape (n,)
        The statistic it rests on; missing where it is not defined.
    rule : str
        The statistic and its cut, in words.
    source : str
        Author and year.
    table : DataFrame
        Particulars, such as pairs of rows or interviewers; may be empty.
    note : str
        Why it could not be looked for, or only in part.
    """

    name: str
    rows: Bools
    value: Array
    rule: str
    source: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flags:
    """All flags of n rows.

    Attributes
    ----------
    frame : DataFrame
        n rows, one column of bool a flag.
    values : DataFrame
        n rows, one column of numbers a flag: the statistics.
    counts : DataFrame
        One row a flag: ``flag``, ``n_flagged``, ``share`` of all rows,
        ``n_defined`` (rows with a statistic), ``excludes`` (whether a row so
        flagged is left out where flagged rows are), ``rule``, ``source``,
        ``note``.
    tables : dict of str to DataFrame
        Particulars by flag, where there are any, and tables that concern no
        single row (``interviewer_icc``, ``mode_effects``).
    flagged : ndarray of bool, shape (n,)
        Rows with at least one flag that excludes.
    """

    frame: pd.DataFrame
    values: pd.DataFrame
    counts: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    flagged: Bools

    @classmethod
    def of(
        cls,
        flags: Sequence[Flag],
        excludes: Sequence[str],
        tables: dict[str, pd.DataFrame] | None = None,
    ) -> Flags:
        """Put single flags together.

        Raises
        ------
        DataError
            A flag that excludes and that does not exist.
        """
        names = [flag.name for flag in flags]
        unknown = [name for name in excludes if name not in names]
        if unknown:
            raise DataError(
                f"there is no flag '{unknown[0]}' to exclude rows by; there are {', '.join(names)}",
                flag=unknown[0],
            )
        frame = pd.DataFrame({flag.name: flag.rows for flag in flags})
        particulars = {flag.name: flag.table for flag in flags if len(flag.table)}
        return cls(
            frame=frame,
            values=pd.DataFrame({flag.name: flag.value for flag in flags}),
            counts=pd.DataFrame([_count(flag, flag.name in excludes) for flag in flags]),
            tables={**particulars, **(tables or {})},
            flagged=frame[list(excludes)].any(axis=1).to_numpy(dtype=np.bool_),
        )

    def overlaps(self) -> pd.DataFrame:
        """Count rows that two flags have in common.

        Returns
        -------
        DataFrame
            One row a pair of flags that occur: ``flag``, ``other``,
            ``n_both`` and ``share`` of the rows with ``flag``.
        """
        there = self.frame.to_numpy(dtype=np.float64)
        both = there.T @ there
        names = list(self.frame.columns)
        rows = [
            {"flag": a, "other": b, "n_both": int(both[i, j]), "share": both[i, j] / both[i, i]}
            for i, a in enumerate(names)
            for j, b in enumerate(names)
            if i != j and both[i, i]
        ]
        return pd.DataFrame(rows, columns=["flag", "other", "n_both", "share"])


def _count(flag: Flag, excludes: bool) -> dict[str, object]:
    return {
        "flag": flag.name,
        "n_flagged": int(flag.rows.sum()),
        "share": flag.rows.mean() if len(flag.rows) else float("nan"),
        "n_defined": int((~np.isnan(flag.value)).sum()),
        "excludes": excludes,
        "rule": flag.rule,
        "source": flag.source,
        "note": flag.note,
    }


def flag_rates(responses: Responses, flags: Flags, by: Sequence[str]) -> pd.DataFrame:
    """Share of flagged rows in segments.

    Parameters
    ----------
    responses : Responses
        n rows.
    flags : Flags
        Of the same rows.
    by : sequence of str
        Columns whose combinations are the segments.

    Returns
    -------
    DataFrame
        One row a segment and flag: the columns of `by`, ``flag`` (the last
        one is ``flagged``), ``n_obs``, ``n_flagged`` and ``share``.
    """
    keys = [responses.frame[name].reset_index(drop=True) for name in by]
    every = flags.frame.assign(flagged=flags.flagged)
    groups = every.groupby(keys, observed=True)
    counts = groups.sum().melt(ignore_index=False, var_name="flag", value_name="n_flagged")
    table = counts.join(groups.size().rename("n_obs")).reset_index()
    table["share"] = table["n_flagged"] / table["n_obs"]
    return table[[*by, "flag", "n_obs", "n_flagged", "share"]]


def without_flagged(
    responses: Responses, flags: Flags, names: Sequence[str] | None = None
) -> Responses:
    """Leave out flagged rows, and say so in the log.

    Parameters
    ----------
    responses : Responses
        n rows.
    flags : Flags
        Of the same rows.
    names : sequence of str, optional
        Flags whose rows are left out; by default those that exclude.

    Returns
    -------
    Responses
        The same object where no row is flagged.

    Raises
    ------
    DataError
        Flags of other rows, or a flag that does not exist.
    """
    if len(flags.flagged) != len(responses.frame):
        raise DataError(
            f"{responses.source}: the flags are of {len(flags.flagged)} rows, the responses have "
            f"{len(responses.frame)}; screen these responses",
            source=responses.source,
        )
    unknown = [name for name in names or () if name not in flags.frame.columns]
    if unknown:
        raise DataError(
            f"there is no flag '{unknown[0]}'; there are {', '.join(flags.frame.columns)}",
            flag=unknown[0],
        )
    used = flags.counts.loc[flags.counts["excludes"], "flag"].tolist() if names is None else names
    out = flags.frame[list(used)].any(axis=1).to_numpy(dtype=np.bool_)
    if not out.any():
        return responses
    kinds = [f"{name} {flags.frame[name].sum()}" for name in used if flags.frame[name].any()]
    sentence = f"{out.sum()} of {len(out)} rows left out, flagged: {', '.join(kinds)}"
    return responses.keep_rows(~out, sentence)


def compare_flagged(
    responses: Responses, flags: Flags, items: Sequence[str] | None = None
) -> pd.DataFrame:
    r"""Compare answers with and without the rows that are left out by default.

    Parameters
    ----------
    responses : Responses
        n rows.
    flags : Flags
        Of the same rows.
    items : sequence of str, optional
        All items of the codebook by default.

    Returns
    -------
    DataFrame
        One row an item: ``item``, ``n_all``, ``mean_all``, ``n_kept``,
        ``mean_kept``, ``mean_flagged``, ``difference`` (kept less all) and
        ``standardised`` (difference over the standard deviation of all
        answers). Weights do not enter.

    Examples
    --------
    >>> from csat_models.survey import Codebook, parse_survey
    >>> from csat_models.survey.screening.screening import screen
    >>> items = {f"S{k}": {"text": {"zh": "问", "en": "item"}} for k in range(5)}
    >>> codebook = Codebook.model_validate({"scale": [1, 10], "items": items})
    >>> rows = b"S0,S1,S2,S3,S4\n5,5,5,5,5\n8,7,9,8,6\n10,9,9,7,8\n"
    >>> responses = parse_survey(rows, codebook, source="x.csv")
    >>> table = compare_flagged(responses, screen(responses))
    >>> table.loc[0, ["mean_kept", "mean_flagged"]].tolist()
    [9.0, 5.0]
    """
    names = list(responses.codebook.items if items is None else items)
    scores = responses.frame[names]
    kept, out = scores[~flags.flagged], scores[flags.flagged]
    table = pd.DataFrame(
        {
            "n_all": scores.count(),
            "mean_all": scores.mean(),
            "n_kept": kept.count(),
            "mean_kept": kept.mean(),
            "mean_flagged": out.mean(),
        }
    )
    table["difference"] = table["mean_kept"] - table["mean_all"]
    table["standardised"] = table["difference"] / scores.std()
    return table.rename_axis("item").reset_index()
