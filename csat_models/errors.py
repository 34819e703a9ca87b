"""Every error that csat_models raises on purpose.

One root, :class:`CsatError`. The message is one sentence that says what is
wrong, where (file, row, column, key) and what to do about it; the same facts
travel as attributes in :attr:`CsatError.facts`, for programs.
"""

from __future__ import annotations


class CsatError(Exception):
    """Root of all errors raised by csat_models.

    Parameters
    ----------
    message : str
        One sentence: what, where, what to do.
    **facts : object
        The facts the sentence was made from, such as ``column="SAT1"``.

    Examples
    --------
    >>> error = CsatError("column 'SAT1' is missing", column="SAT1")
    >>> str(error), error.facts["column"]
    ("column 'SAT1' is missing", 'SAT1')
    """

    exit_code = 2

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


class ModelError(CsatError):
    """A model that cannot be read or estimated as written."""


class CodebookError(CsatError):
    """A codebook that does not describe a questionnaire."""


class DataError(CsatError):
    """A data file that does not fit its codebook or the model."""


class ParamsError(CsatError):
    """A params file that does not describe a study."""


class ConvergenceError(CsatError):
    """An algorithm that did not reach its tolerance on a single sample."""


class InadmissibleError(CsatError):
    """An estimate outside its parameter space."""


class StudyBusyError(CsatError):
    """A study that another process is running."""


class NotebookError(CsatError):
    """A notebook that failed while it was run."""

    exit_code = 1


class AbsentError(CsatError):
    """Something is asked of a study that has no input for it.

    Its fact ``reason``, such as ``no_competitor`` or ``no_earlier_wave``, is a key of the
    sentences that a report shows instead of the section.
    """
