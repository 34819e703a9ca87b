"""Checking a wave, with a table of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from csat_models.errors import CsatError, DataError
from csat_models.survey.disclosure.privacy import without_formulas
from csat_models.survey.intake.identities import span_of
from csat_models.workflow.computing.waves import Wave
from csat_models.workflow.files import write_atomically


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


def shared_row_numbers(waves: Sequence[Wave]) -> Iterator[str]:
    """Ask whether identifiers that link the waves are mere row numbers.

    Parameters
    ----------
    waves : sequence of Wave
        Ascending.

    Yields
    ------
    str
        One sentence where the identifiers of two waves or more count the
        rows from the same number: unlike people would count as returning.
    """
    found = {wave.params.name: span_of(wave.responses.log) for wave in waves}
    spans = {name: each for name, each in found.items() if each is not None}
    starts = [span.split(" ")[0] for _, span in spans.values()]
    if len(spans) > 1 and len(set(starts)) < len(starts):
        column = next(iter(spans.values()))[0]
        told = ", ".join(f"{span} in {name}" for name, (_, span) in spans.items())
        yield (
            f"the identifiers in '{column}' count the rows ({told}), so that the same number in "
            "two waves is taken for the same person; if it is not, take 'respondent_id' out of the "
            "codebook and describe the column as a number"
        )


def handling_of_waves(waves: Sequence[Wave]) -> pd.DataFrame:
    """Tell what checks, screening and weights made of each wave.

    Parameters
    ----------
    waves : sequence of Wave
        Each is handled as its own params say.

    Returns
    -------
    DataFrame
        One row a wave: ``year``, ``n_read``, ``n_warnings`` (rows with
        violations that are no errors), ``n_flagged``, ``n_obs`` (used),
        ``rows``, ``weights`` (``none``, ``codebook`` or ``margins``).
    """
    return pd.DataFrame([_handling(wave) for wave in waves])


def tell_earlier(waves: Sequence[Wave]) -> Iterator[str]:
    """Yield a sentence on each wave but the last, in English."""
    table = handling_of_waves(waves[:-1])
    names = [wave.params.name for wave in waves[:-1]]
    for name, row in zip(names, table.to_dict("records"), strict=True):
        yield (
            f"earlier wave {row['year']}: {row['n_read']} rows, {row['n_warnings']} with warnings, "
            f"{row['n_flagged']} flagged, {row['n_obs']} used, weights {row['weights']}; "
            f"'csat check {name}' tells more"
        )


def _handling(wave: Wave) -> dict[str, object]:
    answers = wave.answers
    violations = answers.violations
    warned = violations.loc[violations["severity"] == "warning", "row"]
    made = "codebook" if answers.weights_are_given else "margins"
    return {
        "year": wave.label,
        "n_read": len(answers.everyone.frame),
        "n_warnings": int(warned.nunique()),
        "n_flagged": int(answers.flags.flagged.sum()),
        "n_obs": len(answers.used.frame),
        "rows": answers.rows,
        "weights": made if wave.resampling.weights else "none",
    }


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
