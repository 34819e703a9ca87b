"""Floor 7: the project on disk, what makes a study up, and how it is run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from csat_models.workflow.study import Study

__all__ = ["Study"]


def __getattr__(name: str) -> object:
    if name != "Study":
        raise AttributeError(f"module 'csat_models.workflow' has no attribute '{name}'")
    return import_module("csat_models.workflow.study").Study
