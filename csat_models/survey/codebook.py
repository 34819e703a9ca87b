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
from dataclasses import field, fields
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic.dataclasses import dataclass

from csat_models.errors import CodebookError
from csat_models.survey.routing import Condition, as_category, parse_filter
from csat_models.survey.strict_yaml import describe_problem, read_mapping, reject_unknown_keys

Language = Literal["zh", "en"]
Kind = Literal["category", "number", "text"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        return reject_unknown_keys(data, tuple(cls.model_fields))


class Text(_Strict):
    """A wording in Chinese and in English.

    Examples
    --------
    >>> Text(zh="城市", en="City").in_language("en")
    'City'
    """

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the wording in `language`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Item:
    """A question answered on a scale.

    (A pydantic dataclass, since ``construct`` is a method of pydantic's models.)

    Attributes
    ----------
    text : Text
        Its wording.
    construct : str or None
        What it measures; None for items outside every construct.
    scale : (float, float)
        Lowest and highest score.
    missing : dict of float to Text
        Codes that stand for no answer, such as 98, and their meaning. An
        item's own codes replace those of the whole codebook.
    filter : str or None
        The item was asked only where this holds, as ``"COMPLAINED == 1"``.
    reversed : bool
        Whether a high score is a bad one; such scores are turned round on
        reading (lowest + highest - score).
    """

    text: Text
    construct: str | None = None
    scale: tuple[float, float]
    missing: dict[float, Text] = field(default_factory=dict)
    filter: str | None = None
    reversed: bool = False

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        return reject_unknown_keys(data, tuple(entry.name for entry in fields(cls)))

    @field_validator("scale", mode="before")
    @classmethod
    def _check_scale(cls, value: Any) -> Any:
        return _two_ends(value)

    @model_validator(mode="after")
    def _codes_outside_scale(self) -> Self:
        low, high = self.scale
        inside = [code for code in self.missing if low <= code <= high]
        if inside:
            raise ValueError(
                f"the missing code {inside[0]:g} lies within the scale {low:g} to {high:g}; "
                "give the item its own 'missing' (or 'missing: {}')"
            )
        return self


class Attribute(_Strict):
    """A column about the respondent or the interview.

    Attributes
    ----------
    label : Text
        Its name in tables.
    kind : {"category", "number", "text"}
        Categories have a closed list of values, in an order.
    labels : dict of str to Text
        The values of a category, in their order, and how to call them.
    """

    label: Text
    kind: Kind
    labels: dict[str, Text] = {}

    @field_validator("labels", mode="before")
    @classmethod
    def _values_as_text(cls, value: Any) -> Any:
        return _text_keys(value)

    @model_validator(mode="after")
    def _labels_for_categories(self) -> Self:
        if (self.kind == "category") != bool(self.labels):
            raise ValueError("'labels' lists the values of a category, and only of a category")
        return self


class Codebook(_Strict):
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
    unique_respondents : bool
        Whether an identifier may stand only once in a file (a wave).
    scale : (float, float) or None
        Lowest and highest score of items that give none of their own.
    missing : dict of float to Text
        Missing codes of items that give none of their own.

    Examples
    --------
    >>> codebook = Codebook.model_validate(
    ...     {"scale": [1, 10], "items": {"S1": {"text": {"zh": "满意", "en": "satisfied"}}}}
    ... )
    >>> codebook.items["S1"].scale, codebook.labels("en")
    ((1.0, 10.0), {'S1': 'satisfied'})
    """

    items: dict[str, Item]
    constructs: dict[str, Text] = {}
    attributes: dict[str, Attribute] = {}
    respondent_id: str | None = None
    weight: str | None = None
    unique_respondents: bool = True
    scale: tuple[float, float] | None = None
    missing: dict[float, Text] = {}

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

    @field_validator("scale", mode="before")
    @classmethod
    def _check_scale(cls, value: Any) -> Any:
        return None if value is None else _two_ends(value)

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
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """All declared columns: identifier, attributes, weight, items."""
        around = (self.respondent_id, *self.attributes, self.weight)
        return (*(name for name in around if name is not None), *self.items)

    def items_of(self, construct: str) -> tuple[str, ...]:
        """Items of a construct, in the codebook's order."""
        return tuple(name for name, item in self.items.items() if item.construct == construct)

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


def _two_ends(value: Any) -> Any:
    right = isinstance(value, list | tuple) and len(value) == 2  # noqa: PLR2004
    numbers = right and all(isinstance(end, int | float) for end in value)
    if not numbers or not value[0] < value[1]:
        raise ValueError("write the lowest and the highest score, as [1, 10]")
    return value


def _text_keys(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    for key in value:
        if not isinstance(key, str | int) or isinstance(key, bool):
            raise ValueError(f"YAML reads the value {key!r} as no text; put it in quotes")
    return {str(key): text for key, text in value.items()}


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
            if name in owner:
                raise ValueError(
                    f"the name '{name}' stands under '{owner[name]}' and '{section}'; "
                    "give each its own"
                )
            owner[name] = section


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
