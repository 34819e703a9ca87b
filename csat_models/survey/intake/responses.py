"""What a survey file holds once it has been read against its codebook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.codebooks.routing import apply_filter


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """A file that responses were read from.

    Attributes
    ----------
    source : str
        As shown in messages.
    sha256 : str
        Of its bytes, in hexadecimal.
    n_rows : int
        Rows read.
    """

    source: str
    sha256: str
    n_rows: int


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
        Of the raw file; of several, that of their hashes, one a line.
    source : str
        The file, as shown in messages.
    row_numbers : ndarray of int, shape (n,)
        Where each row stands in the raw file: the line it begins in, the row
        of the sheet, or the number of the case.
    files : tuple of RawFile
        The raw files, in order.
    file_numbers : ndarray of int, shape (n,), or None
        Which of `files` each row comes from; None where there is only one.
    """

    frame: pd.DataFrame
    codebook: Codebook
    log: tuple[str, ...]
    sha256: str
    source: str
    row_numbers: NDArray[np.int64]
    files: tuple[RawFile, ...] = ()
    file_numbers: NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        book = self.codebook
        parts = [f"{len(self.frame):,} rows of {self.source}", f"{len(book.items)} items"]
        if book.weight:
            parts.append(f"survey weights in '{book.weight}', for sampling_weights=")
        return f"Responses({'; '.join(parts)})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    def keep_rows(self, kept: NDArray[np.bool_], sentence: str) -> Responses:
        """Return some of the rows, with a sentence for the log.

        Parameters
        ----------
        kept : ndarray of bool, shape (n,)
        sentence : str
            Says which rows were left out, and why.
        """
        numbers = self.file_numbers
        return replace(
            self,
            frame=self.frame[kept].reset_index(drop=True),
            row_numbers=self.row_numbers[kept],
            file_numbers=None if numbers is None else numbers[kept],
            log=(*self.log, sentence),
        )

    def file_names(self) -> NDArray[np.object_]:
        """Return the file of each row, shape (n,)."""
        if self.file_numbers is None:
            return np.full(len(self.frame), self.source, dtype=object)
        names = np.array([file.source for file in self.files], dtype=object)
        return names[self.file_numbers]

    def asked(self, item: str) -> NDArray[np.bool_]:
        """Tell who was asked an item, shape (n,).

        It distinguishes the two kinds of NaN: not asked (False) and asked
        but not answered (True).
        """
        text = self.codebook.items[item].filter
        if text is None:
            return np.ones(len(self.frame), dtype=np.bool_)
        return apply_filter(text, self.frame)[0]
