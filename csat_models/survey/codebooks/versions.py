"""Earlier versions of a questionnaire, as differences from the present one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, Field, ValidationError

from csat_models.errors import CodebookError
from csat_models.survey.codebooks.entries import Scale, code_as_text, code_keys, text_keys
from csat_models.survey.codebooks.questions import (
    Attribute,
    Item,
    MissingCode,
    Strict,
    Text,
)
from csat_models.survey.codebooks.strict_yaml import describe_problem

Code = Annotated[str, BeforeValidator(code_as_text)]
Missing = Annotated[dict[float, MissingCode], BeforeValidator(code_keys)]
ByText = Annotated[dict[str, Code], BeforeValidator(text_keys)]


class Version(Strict):
    """How a file of an earlier questionnaire differs from the codebook.

    All keys are names of today. What is not mentioned was as it is now.

    Attributes
    ----------
    columns : dict of str to str
        What columns were called then.
    scales : dict of str to (float, float)
        Scales of then. The scores are equated linearly: lowest with lowest,
        highest with highest.
    missing : dict of str to dict of float to MissingCode
        Missing codes of then, by item.
    recode : dict of str to dict of float to float
        Codes of then that stand for other scores of then, by item.
    reversed : dict of str to bool
        Whether a high score was a bad one then.
    values : dict of str to dict of str to str
        Values of categories then, and those of today, by attribute.
    absent : tuple of str
        Columns that the file does not have; they are read as no answer.
    note : Text or None
        What the report should say of the version.
    """

    columns: dict[str, str] = Field(default_factory=dict)
    scales: dict[str, Scale] = Field(default_factory=dict)
    missing: dict[str, Missing] = Field(default_factory=dict)
    recode: dict[str, dict[float, float]] = Field(default_factory=dict)
    reversed: dict[str, bool] = Field(default_factory=dict)
    values: dict[str, ByText] = Field(default_factory=dict)
    absent: tuple[str, ...] = ()
    note: Text | None = None


class Described(Protocol):
    """What a version is compared with: the present questionnaire's codebook."""

    @property
    def items(self) -> Mapping[str, Item]:
        """Items by name."""

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """Attributes by name."""

    @property
    def versions(self) -> Mapping[str, Version]:
        """Versions by name."""

    @property
    def respondent_id(self) -> str | None:
        """Column of respondent ids."""

    @property
    def weight(self) -> str | None:
        """Column of survey weights."""

    @property
    def headings(self) -> Mapping[str, str]:
        """What today's file calls the columns that have another name in the codebook."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All declared columns."""


def check_version(name: str, version: Version, codebook: Described) -> None:
    """Refuse a version that speaks of what the codebook does not have.

    Raises
    ------
    ValueError
        One sentence with the version, the key and the name.
    """
    items, columns = codebook.items, codebook.columns
    categories = {key: a.labels for key, a in codebook.attributes.items() if a.kind == "category"}
    for key, names, known, kind in (
        ("columns", version.columns, columns, "column"),
        ("scales", version.scales, items, "item"),
        ("missing", version.missing, items, "item"),
        ("recode", version.recode, items, "item"),
        ("reversed", version.reversed, items, "item"),
        ("values", version.values, categories, "category"),
        ("absent", version.absent, columns, "column"),
    ):
        for unknown in (one for one in names if one not in known):
            raise ValueError(
                f"version '{name}': '{key}' names '{unknown}', which is no {kind} of the "
                "codebook; use the names of today"
            )
    _check_values(name, version, categories)
    needed = {codebook.respondent_id, codebook.weight} & set(version.absent)
    if needed:
        raise ValueError(
            f"version '{name}': '{needed.pop()}' cannot be absent; give that year a codebook of "
            "its own"
        )
    _check_names(name, version, columns, {**codebook.headings, **version.columns})
    items_at(name, version, codebook)


def _check_values(
    name: str, version: Version, categories: Mapping[str, Mapping[str, Text]]
) -> None:
    for column, values in version.values.items():
        for value in values.values():
            if value not in categories[column]:
                raise ValueError(
                    f"version '{name}': 'values' turns a value of '{column}' into '{value}', "
                    f"which is none of today's: {', '.join(categories[column])}"
                )


def _check_names(
    name: str, version: Version, columns: tuple[str, ...], then: Mapping[str, str]
) -> None:
    present = [then.get(c, c) for c in columns if c not in version.absent]
    twice = [column for column in present if present.count(column) > 1]
    if twice:
        raise ValueError(
            f"version '{name}': the column '{twice[0]}' of the file would be read twice; "
            "correct 'columns' or 'absent'"
        )


def items_at(name: str, version: Version, codebook: Described) -> dict[str, Item]:
    """Return the items as a file of an earlier version holds them.

    Parameters
    ----------
    name : str
        The version's name, for the message.
    version : Version
    codebook : Codebook

    Returns
    -------
    dict of str to Item
        Under today's names, with the scale, codes and direction of then;
        without the absent ones and without filters, which speak of today's
        scores.

    Raises
    ------
    ValueError
        A missing code or wording of today that lies on the wrong side of
        the scale of then.
    """
    found = {}
    for key, item in codebook.items.items():
        if key in version.absent:
            continue
        try:
            found[key] = replace(item, **dict(_changes(key, item, version)))
        except ValidationError as error:
            raise ValueError(f"version '{name}', item '{key}': {describe_problem(error)}") from None
    return found


def _changes(key: str, item: Item, version: Version) -> Iterator[tuple[str, Any]]:
    yield "filter", None
    yield "missing", version.missing.get(key, item.missing)
    yield "reversed", version.reversed.get(key, item.reversed)
    if key in version.scales:
        yield "scale", version.scales[key]
        yield "answers", {}
        yield "recode", {}
    if key in version.recode:
        yield "recode", version.recode[key]


def pick_version(codebook: Described, name: str) -> Version:
    """Return a version of a codebook by its name.

    Raises
    ------
    CodebookError
        The codebook has no such version.
    """
    if name not in codebook.versions:
        known = ", ".join(codebook.versions) or "none"
        raise CodebookError(
            f"the codebook has no version '{name}'; under 'versions' it has {known}", version=name
        )
    return codebook.versions[name]
