"""What a survey file holds once it has been read against its codebook."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.codebook import Codebook
from csat_models.survey.routing import apply_filter


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Responses:
    """Validated responses of n respondents.

    Attributes
    ----------
    frame : DataFrame
        n rows, the codebook's columns in its order. Items and numbers are
        float64 with NaN for no answer, categories ordered as in the
        codebook, everything else text.
    codebook : Codebook
        What the columns mean.
    log : tuple of str
        What was done on reading, as sentences.
    sha256 : str
        Of the raw file.
    source : str
        The file, as shown in messages.
    row_numbers : ndarray of int, shape (n,)
        The line of the raw file that each row begins in.
    """

    frame: pd.DataFrame
    codebook: Codebook
    log: tuple[str, ...]
    sha256: str
    source: str
    row_numbers: NDArray[np.int64]

    def asked(self, item: str) -> NDArray[np.bool_]:
        """Tell who was asked an item, shape (n,).

        It distinguishes the two kinds of NaN: not asked (False) and asked
        but not answered (True).
        """
        text = self.codebook.items[item].filter
        if text is None:
            return np.ones(len(self.frame), dtype=np.bool_)
        return apply_filter(text, self.frame)[0]
