"""The codebook: what every column of a survey file means.

A codebook is a YAML file, read strictly: an unknown or repeated key, a value
of the wrong kind or a name that leads nowhere is an error that says so. Its
top keys are the fields of :class:`Codebook`::

    respondent_id: respondent_id
    weight: weight
    scale: [1, 10]
    missing: {98: {zh: 不知道, en: don't know}}
    constructs:
      Satisfaction: {zh: 满意度, en: Satisfaction}
    items:
      SAT1: {construct: Satisfaction, text: {zh: 总体满意度, en: Overall satisfaction}}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from csat_models.errors import CodebookError
from csat_models.survey.codebooks.entries import Scale, code_keys, text_keys
from csat_models.survey.codebooks.questions import (
    Attribute,
    Competitor,
    Item,
    Language,
    MissingCode,
    Strict,
    Text,
    list_values,
)
from csat_models.survey.codebooks.routing import Condition, as_category, parse_filter
from csat_models.survey.codebooks.strict_yaml import describe_problem, read_mapping
from csat_models.survey.codebooks.versions import Version, check_version

__all__ = ["Attribute", "Codebook", "Competitor", "Item", "MissingCode", "Text"]


class Codebook(Strict):
    """What every column of a survey file means.

    Attributes
    ----------
    items : dict of str to Item
        Scored questions, by column name.
    constructs : dict of str to Text
        How to call the constructs.
    attributes : dict of str to Attribute
        All other columns, by name.
    respondent_id, weight : str or None
        The columns of the respondent's identifier and of the survey weight.
    headings : dict of str to str
        What the file calls the columns that have another name here.
    unique_respondents : bool
        Whether an identifier may stand only once in a file (a wave).
    scale : (float, float) or None
        Lowest and highest score of items that give none of their own.
    missing : dict of float to MissingCode
        Missing codes of items that give none of their own.
    unit, interviewer, duration, mode : str or None
        The attributes that name the unit (city, branch), the interviewer,
        how long the interview took and how it was held.
    competitor : Competitor or None
        The attribute that tells our customers from the competitor's.
    pseudonymise : bool or None
        Whether identifiers are replaced by a keyed hash on reading; None
        means where they look like telephone or identity numbers.
    sheet : str or None
        The sheet of a workbook that holds the answers; None means its only
        visible one.
    decimal : {".", ","} or None
        The mark before decimals; None means a comma where a column's
        numbers cannot be meant otherwise, and else a point.
    versions : dict of str to Version
        Earlier versions of the questionnaire, by name.

    Examples
    --------
    >>> codebook = Codebook.model_validate(
    ...     {"scale": [1, 10], "items": {"S1": {"text": {"zh": "满意", "en": "satisfied"}}}}
    ... )
    >>> codebook.items["S1"].scale, codebook.labels("en")
    ((1.0, 10.0), {'S1': 'satisfied'})
    """

    items: dict[str, Item]
    constructs: dict[str, Text] = Field(default_factory=dict)
    attributes: dict[str, Attribute] = Field(default_factory=dict)
    respondent_id: str | None = None
    weight: str | None = None
    headings: dict[str, str] = Field(default_factory=dict)
    unique_respondents: bool = True
    scale: Scale | None = None
    missing: dict[float, MissingCode] = Field(default_factory=dict)
    unit: str | None = None
    competitor: Competitor | None = None
    interviewer: str | None = None
    duration: str | None = None
    mode: str | None = None
    pseudonymise: bool | None = None
    sheet: str | None = None
    decimal: Literal[".", ","] | None = None
    versions: dict[str, Version] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a codebook from a YAML file.

        Parameters
        ----------
        path : str or Path
            The file, in UTF-8.

        Raises
        ------
        CodebookError
            No such file, no YAML, a repeated or unknown key, a value of the
            wrong kind, or a name that leads nowhere.
        """
        content = read_mapping(Path(path), CodebookError)
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise CodebookError(
                f"{path}: {describe_problem(error)}", file=str(path), errors=error.errors()
            ) from None

    @model_validator(mode="before")
    @classmethod
    def _hand_down_defaults(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or not isinstance(data.get("items"), Mapping):
            return data
        defaults = {key: data[key] for key in ("scale", "missing") if data.get(key) is not None}
        items = {
            name: {**defaults, **item} if isinstance(item, Mapping) else item
            for name, item in data["items"].items()
        }
        return {**data, "items": items}

    @field_validator("missing", mode="before")
    @classmethod
    def _codes_as_numbers(cls, value: Any) -> Any:
        return code_keys(value)

    @field_validator("versions", mode="before")
    @classmethod
    def _versions_by_text(cls, value: Any) -> Any:
        return text_keys(value)

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        if not self.items:
            raise ValueError("key 'items' is empty; describe at least one item")
        _check_names(self)
        for name, item in self.items.items():
            if item.construct is not None and item.construct not in self.constructs:
                raise ValueError(
                    f"item '{name}' belongs to the construct '{item.construct}', which "
                    f"'constructs' does not have; it has {', '.join(self.constructs) or 'none'}"
                )
            if item.filter is not None:
                _check_filter(name, item.filter, self)
        _check_roles(self)
        _check_headings(self)
        for name, version in self.versions.items():
            check_version(name, version, self)
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """All declared columns: identifier, attributes, weight, items."""
        around = (self.respondent_id, *self.attributes, self.weight)
        return (*(name for name in around if name is not None), *self.items)

    def items_of(self, construct: str) -> tuple[str, ...]:
        """Items of a construct, in the codebook's order."""
        return tuple(name for name, item in self.items.items() if item.construct == construct)

    def restricted_to(self, columns: Iterable[str]) -> Self:
        """Return the codebook without the attributes that are not among `columns`.

        Parameters
        ----------
        columns : iterable of str
            Such as those that were kept on reading.
        """
        kept = set(columns)
        left = {name: each for name, each in self.attributes.items() if name in kept}
        if len(left) == len(self.attributes):
            return self
        roles: dict[str, Any] = {
            role: None for role in _ROLES if getattr(self, role) in self.attributes.keys() - left
        }
        if self.competitor is not None and self.competitor.column not in left:
            roles["competitor"] = None
        return self.model_copy(update={"attributes": left, **roles})

    def labels(self, language: Language) -> dict[str, str]:
        """Wordings by identifier, for tables and figures.

        Parameters
        ----------
        language : {"zh", "en"}
            Of the wordings.

        Returns
        -------
        dict of str to str
            Items, constructs and attributes under their names, values of
            categories under ``"column:value"``.
        """
        texts = {name: item.text for name, item in self.items.items()}
        texts |= self.constructs
        for name, attribute in self.attributes.items():
            texts[name] = attribute.label
            texts |= {f"{name}:{value}": text for value, text in attribute.labels.items()}
        return {name: text.in_language(language) for name, text in texts.items()}


_ROLES = {
    "unit": ("category", "text"),
    "interviewer": ("category", "text", "number"),
    "duration": ("number",),
    "mode": ("category", "text"),
}


def _check_roles(codebook: Codebook) -> None:
    for role, kinds in _ROLES.items():
        name = getattr(codebook, role)
        if name is None:
            continue
        if name not in codebook.attributes:
            raise ValueError(
                f"'{role}' names '{name}', which is no attribute; describe it under 'attributes'"
            )
        if codebook.attributes[name].kind not in kinds:
            raise ValueError(f"'{role}' names '{name}', whose kind must be {' or '.join(kinds)}")
    if codebook.competitor is not None:
        _check_competitor(codebook.competitor, codebook)


def _check_competitor(competitor: Competitor, codebook: Codebook) -> None:
    attribute = codebook.attributes.get(competitor.column)
    values = {} if attribute is None else attribute.labels
    if not values:
        raise ValueError(f"'competitor.column' names '{competitor.column}', which is no category")
    for value in (competitor.ours, competitor.theirs):
        if value not in values or competitor.ours == competitor.theirs:
            raise ValueError(
                f"'competitor' has the value '{value}'; write two different values of "
                f"'{competitor.column}', as codes and not as labels: {list_values(values)}"
            )


def _check_names(codebook: Codebook) -> None:
    owner: dict[str, str] = {}
    sections: dict[str, Iterable[str]] = {
        "items": codebook.items,
        "constructs": codebook.constructs,
        "attributes": codebook.attributes,
        "respondent_id": [codebook.respondent_id] if codebook.respondent_id else [],
        "weight": [codebook.weight] if codebook.weight else [],
    }
    for section, names in sections.items():
        for name in names:
            if ":" in name:
                raise ValueError(f"the name '{name}' under '{section}' contains ':'; rename it")
            if owner.get(name) == "attributes" and section in ("respondent_id", "weight"):
                raise ValueError(
                    f"the column '{name}' is the '{section}' and stands under 'attributes' too; "
                    f"delete its entry '{name}:' under 'attributes'"
                )
            if name in owner:
                raise ValueError(
                    f"the name '{name}' stands under '{owner[name]}' and '{section}'; "
                    "give each its own"
                )
            owner[name] = section


def _check_headings(codebook: Codebook) -> None:
    unknown = next((name for name in codebook.headings if name not in codebook.columns), None)
    if unknown is not None:
        raise ValueError(
            f"'headings' names '{unknown}', which is no column of the codebook; write the "
            "codebook's name before the colon and the file's heading after it"
        )
    called = [codebook.headings.get(name, name) for name in codebook.columns]
    twice = next((heading for heading in called if called.count(heading) > 1), None)
    if twice is not None:
        raise ValueError(
            f"the column '{twice}' of the file would be read twice; correct 'headings'"
        )


def _check_filter(name: str, text: str, codebook: Codebook) -> None:
    try:
        conditions = parse_filter(text)
    except CodebookError as error:
        raise ValueError(f"item '{name}': {error}") from None
    for condition in conditions:
        fault = _find_fault(name, condition, codebook)
        if fault is not None:
            raise ValueError(f"the filter '{text}' of item '{name}' {fault}")


def _find_fault(name: str, condition: Condition, codebook: Codebook) -> str | None:
    column, value = condition.column, condition.value
    item, attribute = codebook.items.get(column), codebook.attributes.get(column)
    if column == name or (item is None and attribute is None):
        return f"names '{column}'; a filter names another item or an attribute of the codebook"
    if item is not None and item.reversed:
        return (
            f"names the reversed item '{column}', and which way its scores run is unclear; "
            "filter by another column"
        )
    numeric = attribute is None or attribute.kind == "number"
    if numeric and isinstance(value, str):
        return f"compares '{column}' with the text '{value}'; compare it with a number"
    labels = {} if attribute is None else attribute.labels
    if labels and as_category(value) not in labels:
        return f"compares '{column}' with '{value}', which is none of its values: " + ", ".join(
            labels
        )
    return None
