"""What every mapping of a params file has in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_NAME = r"^[^\W\d][\w.]*$"
Name = Annotated[str, Field(pattern=_NAME)]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Code = Annotated[str, BeforeValidator(_as_text)]
Names = Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]


class Section(BaseModel):
    """A mapping of a params file: frozen, strict, without unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
