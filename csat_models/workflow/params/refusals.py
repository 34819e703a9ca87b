"""The sentence about a params file that is wrong: file, key, what stands there, what is allowed."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NoReturn

import yaml
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from csat_models.errors import ParamsError
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.section import Section

_LONGEST_SHOWN = 60


def describe(shown: str, error: ErrorDetails) -> ParamsError:
    """Return the one sentence about an error that pydantic found.

    Parameters
    ----------
    shown : str
        The params file, as messages show it.
    error : ErrorDetails
        One of a ValidationError's ``errors()``.
    """
    section, key = locate(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(shown, section, key)
    if kind == "value_error":
        reason = str(error["ctx"]["error"])
        return ParamsError(f"{shown}: '{key}' {reason}", file=shown, key=key)
    allowed = allowed_at(section, key)
    if kind == "missing":
        return ParamsError(
            f"{shown}: the key '{key}' is missing; it must be {allowed}", file=shown, key=key
        )
    return ParamsError(_must_be(shown, key, error["input"], allowed), file=shown, key=key)


def locate(location: tuple[int | str, ...]) -> tuple[type[BaseModel], str]:
    """Return the section that an error's last key belongs to, and the dotted key."""
    section: type[BaseModel] = StudyParams
    inner = section
    keys: list[str] = []
    for part in location:
        if isinstance(part, int) or (keys and part not in inner.model_fields and _is_tag(part)):
            break
        if part == inner.__name__:
            continue
        section = inner
        keys.append(part)
        inner = _section_of(section, part) or section
    return section, ".".join(keys)


def allowed_at(section: type[BaseModel], key: str) -> str:
    """Return what a key may be, as the end of the sentence "it must be ..."."""
    known = (section.model_fields.get(part) for part in reversed(key.split(".")))
    field = next((field for field in known if field is not None), None)
    return (field.description if field else None) or "given"


def refuse(shown: str, key: str, value: object, allowed: str) -> NoReturn:
    """Refuse the value of a key.

    Raises
    ------
    ParamsError
        Always; the facts have ``file`` and ``key``.
    """
    raise ParamsError(_must_be(shown, key, value, allowed), file=shown, key=key)


def _is_tag(part: str) -> bool:
    return part in {"int", "float", "str"} or "[" in part or "(" in part


def _section_of(section: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = section.model_fields.get(key)
    kinds = [] if field is None else [field.annotation, *getattr(field.annotation, "__args__", ())]
    kinds += [getattr(kind, "__origin__", None) for kind in kinds]
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, Section)), None)


def _unknown_key(shown: str, section: type[BaseModel], key: str) -> ParamsError:
    allowed = [name for name in section.model_fields if name != "name"]
    close = get_close_matches(key.rsplit(".", 1)[-1], allowed, n=1)
    hint = f"did you mean '{close[0]}'" if close else "delete it or mend it"
    return ParamsError(
        f"{shown}: unknown key '{key}'; {hint} (allowed here: {', '.join(allowed)})",
        file=shown,
        key=key,
    )


def _must_be(shown: str, key: str, value: object, allowed: str) -> str:
    text = repr(value)
    if not isinstance(value, str):
        text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True)
    first = text.strip().removesuffix("...").strip().replace("\n", " ")
    cut = first if len(first) <= _LONGEST_SHOWN else f"{first[:_LONGEST_SHOWN]}..."
    return f"{shown}: '{key}' is {cut}, but must be {allowed}"
