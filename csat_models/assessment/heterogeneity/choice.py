"""How many latent segments: what two criteria that err in opposite directions agree on.

References
----------
Sarstedt, Becker, Ringle and Schwaiger (2011), Uncovering and treating
unobserved heterogeneity with FIMIX-PLS: which model selection criterion
provides an appropriate number of segments?, Schmalenbach Business Review 63,
34-62.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

CRITERIA = ("aic3", "caic")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChoice:
    """The number of segments that AIC3 and CAIC choose.

    Attributes
    ----------
    aic3, caic : int
        The number with the smallest value of each; AIC3 errs towards too many
        segments, CAIC towards too few.
    largest : int
        The largest number with a usable solution.
    unusable : tuple of int
        Numbers whose mixture has not converged, is degenerate, or needs more
        respondents than there are.
    """

    aic3: int
    caic: int
    largest: int
    unusable: tuple[int, ...]

    @property
    def agree(self) -> bool:
        """Whether both choose the same number."""
        return self.aic3 == self.caic

    @property
    def n_segments(self) -> int:
        """The number that is described: theirs, or the smaller one if they differ."""
        return min(self.aic3, self.caic)

    @property
    def at_the_end(self) -> bool:
        """Whether the number is the largest that could be tried, so that more might be better."""
        return 1 < self.n_segments == self.largest


def choose_segments(criteria: pd.DataFrame) -> SegmentChoice | None:
    """Choose the number of segments.

    Parameters
    ----------
    criteria : DataFrame
        Of :func:`~csat_models.assessment.heterogeneity.fimix.fimix_criteria`.

    Returns
    -------
    SegmentChoice or None
        None where no number has a usable solution.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"n_segments": [1, 2, 3], "aic3": [90.0, 70, 60], "caic": [95.0, 80, 75]}
    ... ).assign(status=["ok", "ok", "degenerate"])
    >>> choose_segments(table)
    SegmentChoice(aic3=2, caic=2, largest=2, unusable=(3,))
    """
    usable = criteria[criteria["status"] == "ok"]
    if usable.empty:
        return None
    numbers = usable["n_segments"].astype(int)
    chosen = {name: int(numbers.iloc[int(usable[name].argmin())]) for name in CRITERIA}
    rest = criteria.loc[criteria["status"] != "ok", "n_segments"]
    return SegmentChoice(
        **chosen, largest=int(numbers.max()), unusable=tuple(int(number) for number in rest)
    )
