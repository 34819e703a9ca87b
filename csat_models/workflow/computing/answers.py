"""The answers of a wave, from those read to those used: checks, flags, weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import pandas as pd

from csat_models.errors import DataError
from csat_models.survey import (
    CheckRules,
    Codebook,
    Responses,
    check_table,
    compute_weights,
    require_no_errors,
    screen,
    summarise_violations,
    with_weights,
    without_flagged,
)
from csat_models.survey.checking.checks import COLUMNS
from csat_models.survey.codebooks.versions import pick_version
from csat_models.survey.intake.reading import find_columns
from csat_models.survey.screening.flags import Flags
from csat_models.survey.weighting.weights import Weights
from csat_models.workflow.digests import digest
from csat_models.workflow.keeping.packed_flags import pack_flags, unpack_flags
from csat_models.workflow.keeping.store import Store
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.handled import weight_of

_SHOWN = 6


class Answers:
    """What becomes of a wave's answers once they have been read.

    Parameters
    ----------
    params : StudyParams
        Of the study that the wave belongs to: its checks, screening, weighting.
    codebook : Codebook
    read : callable
        Gives the responses of all rows whose cell is known.
    key : str
        Hash of what they are read from, and of the columns that name cells.
    store : Store
        Of the wave.
    """

    def __init__(
        self,
        params: StudyParams,
        codebook: Codebook,
        *,
        read: Callable[[], Responses],
        key: str,
        store: Store,
    ) -> None:
        self.params = params
        self.codebook = codebook
        self._read = read
        self._key = key
        self._store = store

    @cached_property
    def everyone(self) -> Responses:
        """All rows read whose cell is known."""
        return self._read()

    @cached_property
    def violations(self) -> pd.DataFrame:
        """What violates the codebook or a declared condition, of all rows; kept."""
        key = digest(self._key, self.params.checks.model_dump(mode="json"))
        rules = self._check_rules(self.everyone.codebook)
        found = self._store.frame(f"checks-{key}", lambda: check_table(self.everyone, rules))
        return found[~self._are_equated(found)].reset_index(drop=True)

    @cached_property
    def flags(self) -> Flags:
        """What screening says of all rows; kept."""
        key = digest(self._key, self.params.screening.model_dump(mode="json", exclude={"rows"}))
        rules = self.params.screening.rules()
        packed = self._store.frame(f"flags-{key}", lambda: pack_flags(screen(self.everyone, rules)))
        return unpack_flags(packed)

    @cached_property
    def kept(self) -> Responses:
        """The rows that count: all of them, or those without a flag that excludes."""
        if self.rows == "all":
            return self.everyone
        return without_flagged(self.everyone, self.flags)

    @cached_property
    def weights(self) -> Weights | None:
        """Weights to the declared margins; None where there are none."""
        wanted = self.params.weighting
        if wanted is None or wanted.margins is None or self.weights_are_given:
            return None
        return compute_weights(
            self.kept, wanted.margins, by=wanted.by, base=wanted.base, trim=wanted.trim
        )

    @cached_property
    def used(self) -> Responses:
        """The rows that count, with the weights that they count with."""
        return self.kept if self.weights is None else with_weights(self.kept, self.weights)

    @property
    def weight(self) -> str | None:
        """Column of survey weights in :attr:`used`, if there is one."""
        return weight_of(self.params, self.codebook)

    @property
    def rows(self) -> str:
        """Which rows count: ``all``, or ``unflagged`` ones."""
        return self.params.screening.rows

    @property
    def weights_are_given(self) -> bool:
        """Whether the weights, if there are any, are the codebook's."""
        return self.params.weighting is None or not self.params.weighting.makes_weights

    @property
    def replicates(self) -> str:
        """Weights of the draws: ``fixed``, ``bootstrap``, ``jackknife`` or ``columns``."""
        wanted = None if self.params.weighting is None else self.params.weighting.replicates
        if wanted is None:
            return "fixed"
        return wanted if isinstance(wanted, str) else "columns"

    @property
    def key(self) -> list[object]:
        """What of the handling moves a number, as JSON can hold it."""
        screening, weighting = self.params.screening, self.params.weighting
        moves = weighting is not None and (weighting.makes_weights or weighting.replicates)
        return [
            None if screening.rows == "all" else screening.model_dump(mode="json"),
            weighting.model_dump(mode="json") if weighting is not None and moves else None,
        ]

    def require_no_errors(self) -> None:
        """Refuse answers with violations that are errors.

        Raises
        ------
        DataError
            One sentence with the number of errors and the first of them; the
            fact ``violations`` is the whole table.
        """
        try:
            require_no_errors(self.violations)
        except DataError as error:
            raise self.pointing_to_all(error, self.violations) from None

    def pointing_to_all(self, error: DataError, violations: pd.DataFrame) -> DataError:
        """Return an error that also says where all violations are listed."""
        name = self.params.name
        sentence = f"{error}; 'csat check {name}' lists all in outputs/{name}/checks.csv"
        return DataError(sentence, **{**error.facts, "violations": violations})

    def raw_violations(self, files: Mapping[str, Path]) -> pd.DataFrame:
        """List everything wrong in raw files that cannot be read as responses.

        Parameters
        ----------
        files : mapping of str to Path
            The files, by what messages call them.

        Raises
        ------
        DataError
            A file is no table.
        """
        rules, version = self._check_rules(self.codebook), self.params.data.version
        found = [pd.DataFrame(columns=list(COLUMNS))]
        for source, path in files.items():
            table = find_columns(path.read_bytes(), self.codebook, source=source, version=version)
            rows = table.row_numbers
            found.append(check_table(table.frame, rules, source=source, row_numbers=rows))
        return pd.concat([each for each in found if len(each)] or found, ignore_index=True)

    def remarks(self) -> Iterator[str]:
        """Tell of warnings, of flags and of what became of the flagged rows."""
        for row in summarise_violations(self.violations).itertuples():
            yield f"{row.severity}: {row.n_rows} rows, column '{row.column}': {row.message}"
        counts, flagged = self.flags.counts, self.flags.flagged
        if flagged.any():
            used = counts[counts["excludes"] & (counts["n_flagged"] > 0)]
            kinds = [f"{row.flag} {row.n_flagged}" for row in used.itertuples()]
            fate = "they count in the main result" if self.rows == "all" else "left out"
            yield (
                f"screening: {flagged.sum()} of {len(flagged)} rows flagged "
                f"({', '.join(kinds[:_SHOWN])}); {fate}"
            )

    def _are_equated(self, found: pd.DataFrame) -> pd.Series[bool]:
        """Tell which scores lie between steps since another scale was equated with today's."""
        version = self.params.data.version
        then = {} if version is None else pick_version(self.codebook, version).scales
        return (found["rule"] == "whole") & found["column"].isin(list(then))

    def _check_rules(self, codebook: Codebook) -> CheckRules:
        checks = self.params.checks
        return CheckRules(codebook=codebook, impossible=checks.impossible, severity=checks.severity)
