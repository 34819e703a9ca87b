"""What a params file may say about the assessment of the measurement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from csat_models.model import PathModel
from csat_models.workflow.params.section import Name, Section


class AssessmentSettings(Section):
    """What the validity chapter needs beyond the model.

    Attributes
    ----------
    marker : str or None
        Construct without paths that stands for the method, for common-method
        bias.
    global_items : dict of str to str
        From formative construct to the item that asks for the whole of it,
        for redundancy analysis.
    """

    marker: Name | None = Field(None, description="a construct of the model that stands in no path")
    global_items: dict[str, str] = Field(
        default_factory=dict, description="a mapping of formative constructs to single items"
    )


def assessment_violations(
    settings: AssessmentSettings, model: PathModel, items: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Yield (key, what is allowed) where the settings do not fit the model.

    Parameters
    ----------
    settings : AssessmentSettings
    model : PathModel
    items : mapping
        The codebook's items.
    """
    linked = {name for path in model.paths for name in path}
    free = [name for name in model.construct_names if name not in linked]
    if settings.marker is not None and settings.marker not in free:
        offered = f": {', '.join(free)}" if free else ", and there is none; declare one"
        yield "assessment.marker", f"a construct of the model that stands in no path{offered}"
    for name, item in settings.global_items.items():
        if name not in model.mode_b:
            blocks = ", ".join(model.mode_b) or "the model has none"
            yield (
                "assessment.global_items",
                f"a mapping of formative constructs ({blocks}) to items",
            )
        elif item not in items or item in model.items_of(name):
            yield (
                "assessment.global_items",
                f"for '{name}', an item of the codebook outside its own block",
            )
