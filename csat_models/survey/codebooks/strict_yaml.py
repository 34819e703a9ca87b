"""YAML files read strictly, and their problems told in one sentence.

Only plain data are read (no tags that build objects), and a key that stands
twice in a mapping is an error instead of a silent overwrite.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from csat_models.errors import CsatError
from csat_models.survey.formats.finding import ask_for_nearest

_SHOWN = 60
_MERGE = "tag:yaml.org,2002:merge"


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, with repeated keys forbidden."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' stands twice", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_mapping(path: Path, error: type[CsatError]) -> dict[Any, Any]:
    """Read a YAML file that holds one mapping.

    Parameters
    ----------
    path : Path
        The file, in UTF-8 with or without byte order mark.
    error : type of CsatError
        What to raise.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    CsatError
        Of the type given: no such file, not UTF-8, no YAML (with line and
        column), a repeated key, or something else than a mapping.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        reason = problem.strerror or "it cannot be opened"
        raise error(f"{path}: {reason}; {ask_for_nearest(path)}", file=str(path)) from None
    except UnicodeDecodeError:
        raise error(f"{path}: not UTF-8; save it as UTF-8", file=str(path)) from None
    try:
        content = yaml.load(text, Loader=_StrictLoader)
    except yaml.YAMLError as problem:
        raise error(f"{path}: {_describe_yaml(problem)}", file=str(path)) from None
    except (ValueError, RecursionError) as problem:
        # Dates such as 2024-02-30, numbers with thousands of digits; brackets within brackets.
        what = "too many levels" if isinstance(problem, RecursionError) else str(problem)
        raise error(
            f"{path}: holds what cannot be read ({what}); correct it or put it in quotes",
            file=str(path),
        ) from None
    if not isinstance(content, dict):
        raise error(f"{path}: holds no keys; write 'key: value' lines", file=str(path))
    return content


def _describe_yaml(problem: yaml.YAMLError) -> str:
    mark = getattr(problem, "problem_mark", None)
    what = getattr(problem, "problem", None) or "not YAML"
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return f"{where}{what}; correct it there"


def reject_unknown_keys(data: Any, allowed: Sequence[str]) -> Any:
    """Return `data`, unless it is a mapping with a key that is not allowed.

    Raises
    ------
    ValueError
        Names the key, the nearest allowed one and all allowed ones.

    Examples
    --------
    >>> reject_unknown_keys({"scael": 1}, ("scale", "text"))
    Traceback (most recent call last):
    ValueError: there is no key 'scael' (did you mean 'scale'?); allowed are scale, text
    """
    if isinstance(data, Mapping):
        for key in data:
            if key not in allowed:
                near = difflib.get_close_matches(str(key), allowed, n=1)
                hint = f" (did you mean '{near[0]}'?)" if near else ""
                raise ValueError(f"there is no key '{key}'{hint}; allowed are {', '.join(allowed)}")
    return data


def describe_problem(error: ValidationError) -> str:
    """Tell the first problem of a pydantic validation in one sentence.

    Parameters
    ----------
    error : ValidationError
        Of a model whose fields are the file's keys.

    Returns
    -------
    str
        The key, written with dots, and what is wrong with it.
    """
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    where = f"key '{key}': " if key else ""
    if first["type"] == "missing":
        return f"key '{key}' is missing; add it"
    if first["type"] == "value_error":
        return f"{where}{first['msg'].removeprefix('Value error, ')}"
    shown = repr(first["input"])
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    message = first["msg"]
    return f"{where}{message[0].lower()}{message[1:]}, not {shown}"
