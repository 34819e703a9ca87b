"""How many latent segments: what two criteria that err in opposite directions agree on.

References
----------
Sarstedt, Becker, Ringle and Schwaiger (2011), Uncovering and treating
unobserved heterogeneity with FIMIX-PLS: which model selection criterion
provides an appropriate number of segments?, Schmalenbach Business Review 63,
34-62.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
    next_best : dict of str to (int, float)
        For each criterion the number that comes second, and by how much its value is
        worse; empty where one number only is usable. A lead of less than 2 is no
        evidence, one of more than 10 is strong.
    """

    aic3: int
    caic: int
    largest: int
    unusable: tuple[int, ...]
    next_best: dict[str, tuple[int, float]] = field(default_factory=dict)

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
    >>> found = choose_segments(table)
    >>> found.n_segments, found.unusable, found.next_best["caic"]
    (2, (3,), (1, 15.0))
    """
    usable = criteria[criteria["status"] == "ok"]
    if usable.empty:
        return None
    numbers = usable["n_segments"].astype(int)
    chosen = {name: int(numbers.iloc[int(usable[name].argmin())]) for name in CRITERIA}
    rest = criteria.loc[criteria["status"] != "ok", "n_segments"]
    return SegmentChoice(
        **chosen,
        largest=int(numbers.max()),
        unusable=tuple(int(number) for number in rest),
        next_best=_next_best(usable.set_index("n_segments")) if len(usable) > 1 else {},
    )


def _next_best(usable: pd.DataFrame) -> dict[str, tuple[int, float]]:
    found = {}
    for name in CRITERIA:
        first, second = usable[name].astype(float).nsmallest(2).items()
        found[name] = (int(str(second[0])), second[1] - first[1])
    return found
