"""The figure that puts a model's paths by several methods side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from csat_models.report.elements import Figure, Language
from csat_models.report.figures.structure import plot_paths
from csat_models.report.frames import part, require
from csat_models.report.language import Wording


def plot_paths_by_method(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "paths_by_method",
) -> Figure:
    """Return the standardised paths, one marker a method.

    Parameters
    ----------
    frame : DataFrame
        ``quantity``, ``construct``, ``term``, ``method``, ``value``, as
        :func:`~csat_models.assessment.reconcile` gives them.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    require(frame, ["quantity", "construct", "term", "method", "value"], "plot_paths_by_method")
    words = Wording(language=language, labels=labels)
    paths = part(frame, "quantity", "path").dropna(subset="value")
    paths = paths.rename(columns={"construct": "target", "term": "source", "value": "estimate"})
    methods = {f"method:{key}": words.say(f"covariance.by.{key}") for key in paths["method"]}
    figure = plot_paths(
        paths.assign(lower=paths["estimate"], upper=paths["estimate"]),
        labels={**labels, **methods},
        language=language,
        by="method",
        name=name,
    )
    caption = words.say("covariance.figure.paths_by_method")
    return replace(figure, caption=caption, note=words.say("covariance.note.figure"))
