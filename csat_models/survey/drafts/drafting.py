"""A first codebook written from a data file: labels used, scales guessed, the rest left open."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import yaml

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.codebooks.questions import MEANINGS, recognise_meaning
from csat_models.survey.drafts.construct_names import ORDER, chinese_name, suggest_constructs
from csat_models.survey.drafts.guessing import Guess, guess_columns, stem_of
from csat_models.survey.drafts.headings import name_headings
from csat_models.survey.drafts.roles import find_sides, label_of, names_brands
from csat_models.survey.formats.extended import EXTENDED, write_code
from csat_models.survey.formats.recognition import read_table
from csat_models.survey.formats.table import Table
from csat_models.survey.intake.assembly import assemble
from csat_models.survey.intake.bridging import rename_columns
from csat_models.survey.intake.columns import ColumnReader, Fault

_CHINESE = re.compile("[\u3400-\u9fff]")
_PLAIN = re.compile(r"[^\W\d_][\w]*( [\w'’()（）]+)*")
_RESERVED = {"yes", "no", "true", "false", "on", "off", "null", "y", "n"}
_SUGGESTED = ("Quality", "Satisfaction", "Loyalty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A first codebook.

    Attributes
    ----------
    text : str
        YAML with comments.
    codebook : Codebook
        What the text says.
    n_open : int
        Items whose construct is still to be filled in.
    """

    text: str
    codebook: Codebook
    n_open: int


def draft_codebook(raw: bytes, *, source: str, sheet: str | None = None) -> Draft:
    r"""Write a first codebook from a data file.

    Parameters
    ----------
    raw : bytes
        The content of a file of any format.
    source : str
        What messages and the first comment call it.
    sheet : str, optional
        Of a workbook with several.

    Returns
    -------
    Draft
        The file can be read with it as it stands.

    Raises
    ------
    DataError
        The file is no table, or has no column that looks like an answer on
        a scale.

    Examples
    --------
    >>> draft = draft_codebook(b"id,SAT1\na,7\nb,10\nc,98\n", source="x.csv")
    >>> draft.codebook.items["SAT1"].scale, draft.codebook.items["SAT1"].missing[98].meaning
    ((1.0, 10.0), 'dont_know')
    """
    table = read_table(raw, source=source, sheet=sheet)
    guesses = guess_columns(table)
    texts = [n for n, g in guesses.items() if g.kind not in ("item", "number", "weight")]
    names = name_headings(guesses, ORDER)
    guesses = {names[heading]: guess for heading, guess in guesses.items()}
    table = _renamed(read_table(raw, source=source, sheet=sheet, texts=texts), names)
    for _ in guesses:
        _check_items(guesses, table, source)
        codebook, text = _write(guesses, table, source, sheet, names)
        faulty = _faulty(table, codebook, source)
        if not faulty:
            break
        guesses = {n: _demote(g) if n in faulty else g for n, g in guesses.items()}
    return Draft(
        text=text,
        codebook=codebook,
        n_open=sum(item.construct is None for item in codebook.items.values()),
    )


def _renamed(table: Table, names: Mapping[str, str]) -> Table:
    """Return the table under its new names; a heading that is none is a wording."""
    changed = {name: heading for heading, name in names.items() if name != heading}
    found = rename_columns(table, changed)
    return replace(found, wordings={**changed, **found.wordings})


def _check_items(guesses: Mapping[str, Guess], table: Table, source: str) -> None:
    if not any(guess.kind == "item" for guess in guesses.values()):
        listed = ", ".join(str(name) for name in table.frame.columns[:5])
        raise DataError(
            f"{source}: no column looks like answers on a scale (the first are {listed}); write "
            "the codebook by hand",
            source=source,
        )


def _faulty(table: Table, codebook: Codebook, source: str) -> set[str]:
    faults: list[Fault] = []
    reader = ColumnReader(
        table=table, source=source, on_fault=lambda fault, _s, _p: faults.append(fault)
    )
    assemble(reader, codebook.model_copy(update={"pseudonymise": False}))
    return {fault.column for fault in faults}


def _demote(guess: Guess) -> Guess:
    """Return what a column is if it is not what it was taken for."""
    return replace(guess, kind="text", role=None, scale=None, labels={}, why="mixed values")


def _write(
    guesses: Mapping[str, Guess],
    table: Table,
    source: str,
    sheet: str | None,
    names: Mapping[str, str],
) -> tuple[Codebook, str]:
    constructs = _suggest(guesses, table, names)
    lines = [*_head(guesses, table, source, sheet), *_headings(names), *_constructs(constructs)]
    lines += _items(guesses, table, constructs)
    lines += _attributes(guesses, table)
    text = "\n".join(lines) + "\n"
    return Codebook.model_validate(yaml.safe_load(text)), text


def _head(
    guesses: Mapping[str, Guess], table: Table, source: str, sheet: str | None
) -> Iterator[str]:
    yield f"# Draft of a codebook, written from {_one_line(source)} ({len(table.frame)} rows)."
    yield "# Go through it once: construct of each item, scales, missing codes, and the wordings in"
    yield "# the report's language. Then compare it: csat codebook check CODEBOOK FILE"
    if sheet is not None:
        yield f"sheet: {_scalar(sheet)}"
    for name, guess in guesses.items():
        if guess.kind == "respondent_id":
            yield f"respondent_id: {_scalar(name)}"
            unique = not table.frame[name].astype(str).duplicated().any()
            yield "pseudonymise: true        # identifiers become a keyed hash on reading"
            if not unique:
                yield "unique_respondents: false  # some stand more than once: is that right?"
        elif guess.kind == "weight":
            yield f"weight: {_scalar(name)}"
        elif guess.role is not None:
            yield f"{guess.role}: {_scalar(name)}"
    yield from _head_guesses(guesses, table)


def _head_guesses(guesses: Mapping[str, Guess], table: Table) -> Iterator[str]:
    """Write what only the user knows, as comments."""
    units = [name for name, g in guesses.items() if g.groups and g.kind == "category"]
    if units and not any(guess.role == "unit" for guess in guesses.values()):
        mark = "" if len(units) == 1 else "# "
        why = "guessed from its name" if len(units) == 1 else "one of several; take the mark away"
        yield f"{mark}unit: {_scalar(units[0])}   # {why}"
    sides = {name: find_sides(g.labels) for name, g in guesses.items() if g.kind == "category"}
    found = next(((name, each) for name, each in sides.items() if each is not None), None)
    brands = [name for name in sides if names_brands(name, table) and len(guesses[name].labels) > 1]
    if found is None and brands:
        ours, theirs = map(_value, list(guesses[brands[0]].labels)[:2])
        values = f"column: {_scalar(brands[0])}, ours: {ours}, theirs: {theirs}"
        yield f"# competitor: {{{values}}}   # which value is ours? then take the mark away"
    elif found is None:
        yield "# competitor: {column: ..., ours: ..., theirs: ...}   # a category and two values"
    else:
        name, (ours, theirs) = found
        values = f"ours: {_value(ours)}, theirs: {_value(theirs)}"
        yield f"competitor: {{column: {_scalar(name)}, {values}}}   # guessed from its labels"


def _headings(names: Mapping[str, str]) -> Iterator[str]:
    changed = {name: heading for heading, name in names.items() if name != heading}
    if changed:
        yield ""
        yield "# What the file calls the columns whose headings are no names a model can hold."
        yield "headings:"
        yield from (f"  {_scalar(name)}: {_scalar(heading)}" for name, heading in changed.items())


def _suggest(
    guesses: Mapping[str, Guess], table: Table, names: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Suggest constructs from what headings begin with, from wordings and the items around."""
    items = {name: head for head, name in names.items() if guesses[name].kind == "item"}
    begins = [re.split(r"[_.\-]", heading)[0] for heading in items.values()]
    return suggest_constructs(
        {
            name: (
                first if begins.count(first) > 1 else stem_of(heading),
                label_of(name, table) or name,
            )
            for (name, heading), first in zip(items.items(), begins, strict=True)
        }
    )


def _constructs(suggested: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Write the constructs, as comments where none was recognised."""
    named = list(dict.fromkeys(construct for construct, _ in suggested.values()))
    mark = "" if named else "# "
    yield ""
    yield "# What the items measure: rename, add, take away; then see each item's 'construct'."
    yield f"{mark}constructs:"
    for name in sorted(named or _SUGGESTED, key=ORDER.index):
        yield f"{mark}  {name}: {{zh: {chinese_name(name)}, en: {name}}}"


def _items(
    guesses: Mapping[str, Guess], table: Table, suggested: Mapping[str, tuple[str, str]]
) -> Iterator[str]:
    yield ""
    yield "items:"
    for name, guess in guesses.items():
        if guess.kind != "item":
            continue
        yield f"  {_scalar(name)}:"
        construct, why = suggested.get(name, (None, ""))
        if construct is None:
            yield "    # construct: ..."
        else:
            yield f"    construct: {construct}   # guessed from {why}"
        yield f"    text: {_to_translate(table.wordings.get(name) or name)}"
        yield f"    scale: {_scale(guess)}{_comment(_why(name, guess, table))}"
        if guess.recode:
            pairs = ", ".join(f"{_code(c)}: {_code(s)}" for c, s in guess.recode.items())
            yield f"    recode: {{{pairs}}}   # the file's code: the score"
        if guess.answers:
            yield "    answers:"
            yield from (f"      {_code(c)}: {_both(w)}" for c, w in guess.answers.items())
        if guess.missing:
            yield "    missing:"
            yield from (f"      {_code(c)}: {_missing(w)}" for c, w in guess.missing.items())
        blank = float(table.frame[name].isna().mean())
        if blank > 0.1:  # noqa: PLR2004
            yield f'    # filter: "..."   # {100 * blank:.0f} % blank: was it asked of all?'


def _scale(guess: Guess) -> str:
    if isinstance(guess.scale, tuple):
        return f"[{_code(guess.scale[0])}, {_code(guess.scale[1])}]"
    return str(guess.scale)


def _why(name: str, guess: Guess, table: Table) -> str:
    if guess.why or not isinstance(guess.scale, tuple) or guess.answers:
        return guess.why
    reader = ColumnReader(table=table, source="", on_fault=lambda _f, _s, _p: None)
    codes = reader.raw_numbers(name)
    scores = codes[~np.isnan(codes) & ~np.isin(codes, list(guess.missing))]
    if not len(scores):
        return "guessed; there are no answers"
    ends = float(scores.min()), float(scores.max())
    return (
        "" if ends == guess.scale else f"guessed; answers from {_code(ends[0])} to {_code(ends[1])}"
    )


def _attributes(guesses: Mapping[str, Guess], table: Table) -> Iterator[str]:
    kinds = ("category", "number", "text", "identifier")
    around = {name: guess for name, guess in guesses.items() if guess.kind in kinds}
    if not around:
        return
    yield ""
    yield "attributes:"
    for name, guess in around.items():
        yield f"  {_scalar(name)}:"
        yield f"    label: {_to_translate(table.wordings.get(name) or name)}"
        yield f"    kind: {guess.kind}{_comment(guess.why)}"
        if guess.kind == "category":
            yield "    labels:"
            yield from (f"      {_value(v)}: {_both(w)}" for v, w in guess.labels.items())


def _to_translate(text: str) -> str:
    other = "en" if _CHINESE.search(text) else "zh"
    return f"{_both(text)}{_comment(f'{other}: to be translated')}"


def _both(text: str) -> str:
    """Write a wording of one language for both."""
    word = _scalar(text)
    return f"{{zh: {word}, en: {word}}}"


def _missing(word: str) -> str:
    if word in MEANINGS:
        return f"{word}{_comment('guessed from the code')}"
    meaning = recognise_meaning(word)
    known = f", meaning: {meaning}" if meaning else ""
    return f"{{zh: {_scalar(word)}, en: {_scalar(word)}{known}}}"


def _comment(text: str) -> str:
    return f"   # {_one_line(text)}" if text else ""


def _one_line(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _code(number: float) -> str:
    if number in EXTENDED.values():
        return write_code(number)
    return f"{int(number)}" if math.isfinite(number) and number == int(number) else repr(number)


def _value(text: str) -> str:
    """Write the value of a category, where a whole number needs no quotes."""
    return text if re.fullmatch(r"0|[1-9]\d{0,8}", text, re.ASCII) else _scalar(text)


def _scalar(text: str) -> str:
    """Write a text as YAML, in quotes unless it is a plain word."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _RESERVED:
        return text
    quoted: str = yaml.safe_dump(text, allow_unicode=True, default_style='"', width=math.inf)
    return quoted.strip()
