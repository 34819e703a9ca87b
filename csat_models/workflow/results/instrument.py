"""The instrument: what the model's constructs are, and what was asked."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report.language import LANGUAGES
from csat_models.survey.codebooks.questions import Text
from csat_models.workflow.computing.computation import Computation


class InstrumentResults:
    """The constructs of the model and the questions of the codebook.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def constructs(self) -> pd.DataFrame:
        """``construct``, ``mode``, and parted by spaces its ``items`` and ``predecessors``."""
        model = self._of.model
        return pd.DataFrame(
            {
                "construct": each.name,
                "mode": each.mode,
                "items": " ".join(each.items),
                "predecessors": " ".join(model.predecessors(each.name)),
            }
            for each in model.constructs
        )

    def items(self) -> pd.DataFrame:
        """Return the questions of the codebook, those of the model first.

        Returns
        -------
        DataFrame
            ``item``, ``construct``, ``low``, ``high``, ``reversed``, ``filter``, and in each
            language ``missing_zh`` (codes without an answer) and ``answers_zh``.
        """
        model = self._of.model
        owner = {item: each.name for each in model.constructs for item in each.items}
        asked = self._of.wave.codebook.items
        order = [*(name for name in owner if name in asked), *(n for n in asked if n not in owner)]
        return pd.DataFrame(
            {
                "item": name,
                "construct": owner.get(name, ""),
                "low": asked[name].scale[0],
                "high": asked[name].scale[1],
                "reversed": asked[name].reversed,
                "filter": asked[name].filter or "",
                **{f"missing_{each}": _told(asked[name].missing, each) for each in LANGUAGES},
                **{f"answers_{each}": _told(asked[name].answers, each) for each in LANGUAGES},
            }
            for name in order
        )


def _told(codes: Mapping[float, Text], language: str) -> str:
    mark = "；" if language == "zh" else "; "
    return mark.join(f"{code:g} = {getattr(text, language)}" for code, text in codes.items())
