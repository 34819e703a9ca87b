"""What every mapping of a params file has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[^\W\d][\w.]*$")]
Names = Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]


class Section(BaseModel):
    """A mapping of a params file: frozen, strict, without unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
