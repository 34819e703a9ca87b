"""The entries of a codebook: wordings, missing codes, items and attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator, model_validator
from pydantic.dataclasses import dataclass

from csat_models.survey.codebooks.entries import (
    Scale,
    code_as_text,
    code_keys,
    is_number,
    text_keys,
)
from csat_models.survey.codebooks.strict_yaml import reject_unknown_keys
from csat_models.survey.formats.extended import write_code

Language = Literal["zh", "en"]
Kind = Literal["category", "number", "text", "identifier"]
Meaning = Literal["dont_know", "refused", "not_asked", "no_answer", "other"]

_WORDINGS = {
    "dont_know": {"zh": "不知道", "en": "don't know"},
    "refused": {"zh": "拒绝回答", "en": "refused"},
    "not_asked": {"zh": "未询问", "en": "not asked"},
    "no_answer": {"zh": "未回答", "en": "no answer"},
}
_SIGNS: tuple[tuple[Meaning, tuple[str, ...]], ...] = (
    (
        "dont_know",
        ("不知", "不清楚", "不了解", "说不清", "don't know", "dont know", "not sure", "unsure"),
    ),
    ("refused", ("拒", "refus", "prefer not", "不愿")),
    ("not_asked", ("未问", "未询问", "跳过", "不适用", "not asked", "skip", "not applicable")),
    ("no_answer", ("未答", "未回答", "无回答", "没有回答", "缺失", "no answer", "missing")),
)
_YES_NO = {1.0: {"zh": "是", "en": "yes"}, 0.0: {"zh": "否", "en": "no"}}


class Strict(BaseModel):
    """A mapping of a codebook: frozen, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        return reject_unknown_keys(data, tuple(cls.model_fields))


class Text(Strict):
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


class MissingCode(Text):
    """What a code that stands for no answer means.

    Attributes
    ----------
    meaning : {"dont_know", "refused", "not_asked", "no_answer", "other"}
        Its kind; recognised from the wording where it is not given. A
        codebook may write the meaning alone, as in ``98: dont_know``.

    Examples
    --------
    >>> MissingCode.model_validate("refused").en
    'refused'
    >>> MissingCode(zh="说不清", en="cannot say").meaning
    'dont_know'
    """

    meaning: Meaning = "other"

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        if isinstance(data, str):
            if data not in _WORDINGS:
                allowed = ", ".join(_WORDINGS)
                raise ValueError(f"'{data}' is none of {allowed}; or write {{zh: ..., en: ...}}")
            return {**_WORDINGS[data], "meaning": data}
        if not isinstance(data, Mapping):
            return data
        if "meaning" in data:
            return {**_WORDINGS.get(str(data["meaning"]), {}), **data}
        words = f"{data.get('zh')} {data.get('en')}"
        return {**data, "meaning": recognise_meaning(words) or "other"}


def recognise_meaning(words: str) -> Meaning | None:
    """Tell which kind of missing answer a label speaks of.

    Parameters
    ----------
    words : str
        A label, in Chinese or English.

    Returns
    -------
    str or None
        None where the label speaks of an answer.

    Examples
    --------
    >>> recognise_meaning("拒答"), recognise_meaning("Don't know"), recognise_meaning("very good")
    ('refused', 'dont_know', None)
    """
    folded = words.casefold().replace("’", "'")
    found = (meaning for meaning, signs in _SIGNS if any(sign in folded for sign in signs))
    return next(found, None)


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
        Lowest and highest score. A codebook may write ``percent`` for 0 to
        100 and ``yes/no`` for 0 and 1.
    missing : dict of float to MissingCode
        Codes that stand for no answer, such as 98 or Stata's ``.a``, and
        their meaning. An item's own codes replace those of the whole
        codebook.
    filter : str or None
        The item was asked only where this holds, as ``"COMPLAINED == 1"``.
    reversed : bool
        Whether a high score is a bad one; such scores are turned round on
        reading (lowest + highest - score).
    answers : dict of float to Text
        Wordings of scores. A cell that holds a wording, or the wording of a
        missing code, is read as its number.
    recode : dict of float to float
        Codes of the file that stand for other scores, as ``{2: 0}`` where a
        file writes 1 for yes and 2 for no. Missing codes are those of the
        file.
    percent : bool
        Whether cells may be written as ``85%``; implied by the scale
        ``percent``.
    """

    text: Text
    construct: str | None = None
    scale: Scale
    missing: dict[float, MissingCode] = field(default_factory=dict)
    filter: str | None = None
    reversed: bool = False
    answers: dict[float, Text] = field(default_factory=dict)
    recode: dict[float, float] = field(default_factory=dict)
    percent: bool = False

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        data = reject_unknown_keys(data, tuple(entry.name for entry in fields(cls)))
        if isinstance(data, Mapping) and data.get("scale") == "percent":
            return {"percent": True, **data}
        if isinstance(data, Mapping) and data.get("scale") == "yes/no":
            return {"answers": _YES_NO, **data}
        return data

    @field_validator("answers", "recode", mode="before")
    @classmethod
    def _numbers_as_keys(cls, value: Any) -> Any:
        for key in value if isinstance(value, Mapping) else ():
            if not is_number(key):
                raise ValueError(f"the code {key!r} is no number; write a number such as 98")
        return value

    @field_validator("missing", mode="before")
    @classmethod
    def _codes_as_numbers(cls, value: Any) -> Any:
        return code_keys(value)

    @model_validator(mode="after")
    def _codes_outside_scale(self) -> Self:
        low, high = self.scale
        inside = [code for code in self.missing if low <= code <= high]
        if inside:
            raise ValueError(
                f"the missing code {inside[0]:g} lies within the scale {low:g} to {high:g}; "
                "give the item its own 'missing' (or 'missing: {}')"
            )
        for key, scores in (("answers", self.answers), ("recode", self.recode.values())):
            outside = [score for score in scores if not low <= score <= high]
            if outside:
                raise ValueError(
                    f"'{key}' has the score {outside[0]:g}, which lies outside the scale "
                    f"{low:g} to {high:g}; correct it or the scale"
                )
        both = [code for code in self.recode if code in self.missing]
        if both:
            raise ValueError(
                f"the code {write_code(both[0])} stands under 'missing' and 'recode'; remove one"
            )
        return self


class Attribute(Strict):
    """A column about the respondent or the interview.

    Attributes
    ----------
    label : Text
        Its name in tables.
    kind : {"category", "number", "text", "identifier"}
        Categories have a closed list of values, in an order. Identifiers
        (telephone number, name, address) are dropped on reading.
    labels : dict of str to Text
        The values of a category, in their order, and how to call them.
    keep : bool
        Whether a column that identifies persons is kept all the same.
    """

    label: Text
    kind: Kind
    labels: dict[str, Text] = {}
    keep: bool = False

    @field_validator("labels", mode="before")
    @classmethod
    def _values_as_text(cls, value: Any) -> Any:
        return text_keys(value)

    @model_validator(mode="after")
    def _labels_for_categories(self) -> Self:
        if (self.kind == "category") != bool(self.labels):
            raise ValueError("'labels' lists the values of a category, and only of a category")
        return self


def list_values(labels: Mapping[str, Text]) -> str:
    """List the values of a category for a message, each with what it is called.

    Examples
    --------
    >>> list_values({"1": Text(zh="南", en="South"), "east": Text(zh="east", en="east")})
    '1 (南), east'
    """
    return ", ".join(
        value
        if value.casefold() in (text.zh.casefold(), text.en.casefold())
        else f"{value} ({text.zh})"
        for value, text in labels.items()
    )


class Competitor(Strict):
    """Which column tells our customers from the competitor's, and its two values.

    Attributes
    ----------
    column : str
        A category of the codebook.
    ours, theirs : str
        Two of its values; codes may be written as whole numbers.

    Examples
    --------
    >>> Competitor(column="BRAND", ours=1, theirs=2).ours
    '1'
    """

    column: str
    ours: Annotated[str, BeforeValidator(code_as_text)]
    theirs: Annotated[str, BeforeValidator(code_as_text)]


MEANINGS: tuple[str, ...] = get_args(Meaning)
