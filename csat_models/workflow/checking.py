"""Checking a wave, with a table of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from csat_models.errors import CsatError, DataError
from csat_models.survey.privacy import without_formulas
from csat_models.workflow.files import write_atomically
from csat_models.workflow.waves import Wave


def check_wave(wave: Wave) -> None:
    """Refuse a wave that cannot be analysed, and list all its violations.

    Parameters
    ----------
    wave : Wave
        Its violations, warnings too, are written to
        ``outputs/<study>/checks.csv``; without any the file is removed.

    Raises
    ------
    CsatError
        The first thing found wrong.
    """
    file = wave.project.outputs(wave.params.name) / "checks.csv"
    try:
        violations = wave.answers.violations
    except DataError as error:
        found = _raw_violations(wave)
        _write(file, found)
        raise (wave.answers.pointing_to_all(error, found) if len(found) else error) from None
    _write(file, violations)
    wave.check()


def uneven_handling(waves: Sequence[Wave]) -> Iterator[str]:
    """Tell which earlier waves are screened or weighted otherwise than the last one.

    Parameters
    ----------
    waves : sequence of Wave
        Ascending; each is handled as its own params say.

    Yields
    ------
    str
        One sentence a key: a change from year to year would then also show
        the change of handling.
    """
    *others, last = [wave.answers for wave in waves]
    now = last.params
    screened = [each.params.name for each in others if each.rows != last.rows]
    made = last.weights_are_given
    weighted = [each.params.name for each in others if each.weights_are_given != made]
    for key, names in (("screening.rows", screened), ("weighting", weighted)):
        if names:
            yield (
                f"'{key}' of {', '.join(names)} is not that of {now.name}, so that changes between "
                "waves also show it; declare it alike in their params"
            )


def _raw_violations(wave: Wave) -> pd.DataFrame:
    try:
        return wave.answers.raw_violations(wave.raw_files)
    except CsatError:
        return pd.DataFrame()


def _write(file: Path, violations: pd.DataFrame) -> None:
    if violations.empty:
        file.unlink(missing_ok=True)
        return
    text = without_formulas(violations).to_csv(index=False, lineterminator="\n")
    write_atomically(file, text.encode("utf-8-sig"))
