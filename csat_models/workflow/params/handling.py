"""What a params file may say of the way from the field's file to the answers used.

Each wave is handled as its own params say: its checks, its screening, its
weights. What stands here changes no raw file.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from csat_models.survey import ScreeningRules
from csat_models.survey.weighting.replicates import Method
from csat_models.workflow.params.section import Name, Names, Section

Severity = Literal["error", "warning"]
Columns = Annotated[tuple[Name, ...], Field(strict=False)]
Levels = Annotated[dict[str | int, float], Field(min_length=1)]

_CONDITIONS = (
    "a mapping of names to conditions, such as {customer before twelve: tenure > age - 12}"
)
_SHARE = "a number above 0 and at most 1"
_RULES = ScreeningRules()


class Checks(Section):
    """What is looked for in the answers, and how severe it is.

    Attributes
    ----------
    severity : dict of str to {"error", "warning"}
        Rules of :data:`~csat_models.survey.checking.checks.SEVERITY` that are not as
        severe as there; a single combination as ``impossible:NAME``.
    impossible : dict of str to str
        Name to a condition that holds in no honest row.
    """

    severity: dict[str, Severity] = Field(
        default_factory=dict, description="a mapping of rules to error or warning"
    )
    impossible: dict[str, str] = Field(default_factory=dict, description=_CONDITIONS)


class Screening(Section):
    """Which rows are flagged, and whether flagged rows count.

    Attributes
    ----------
    rows : {"all", "unflagged"}
        The main result: of all rows, or of those without a flag that
        excludes; the other is shown beside it.
    items, interviewer, duration, mode, within, blocks, percent_match, match_by_chance, \
largest_block, delight, longest_run, variability, least_seconds, speed_deviations, attention, \
impossible, outlier_level, nonresponse, interviewer_level, excludes
        As in :class:`~csat_models.survey.ScreeningRules`.
    """

    rows: Literal["all", "unflagged"] = Field("all", description="all or unflagged")
    items: Names | None = Field(None, description="a list of items of the codebook")
    interviewer: Name | None = Field(None, description="an attribute of the codebook")
    duration: Name | None = Field(None, description="an attribute of the codebook")
    mode: Name | None = Field(None, description="an attribute of the codebook")
    within: Columns | None = Field(None, description="a list of attributes of the codebook")
    blocks: Columns = Field((), description="a list of attributes of the codebook")
    percent_match: float = Field(_RULES.percent_match, gt=0.5, le=1, description="0.5 to 1")
    match_by_chance: float = Field(_RULES.match_by_chance, ge=0, lt=0.5, description="below 0.5")
    largest_block: int = Field(
        _RULES.largest_block, ge=2, description="a whole number of at least 2"
    )
    delight: float = Field(_RULES.delight, gt=0, le=1, description=_SHARE)
    longest_run: float = Field(_RULES.longest_run, gt=0, le=1, description=_SHARE)
    variability: float = Field(
        _RULES.variability, ge=0, le=1, description="a number from 0 to 1, in lengths of the scale"
    )
    least_seconds: float | None = Field(None, gt=0, description="a number of seconds above 0")
    speed_deviations: float = Field(
        _RULES.speed_deviations, gt=0, description="a number above 0, in standard deviations"
    )
    attention: dict[str, float | Annotated[tuple[float, ...], Field(strict=False)]] = Field(
        default_factory=dict, description="a mapping of columns to the prescribed answer or answers"
    )
    impossible: dict[str, str] = Field(default_factory=dict, description=_CONDITIONS)
    outlier_level: float = Field(
        _RULES.outlier_level, gt=0, lt=0.5, description="a number above 0 and below 0.5"
    )
    nonresponse: float = Field(_RULES.nonresponse, gt=0, le=1, description=_SHARE)
    interviewer_level: float = Field(
        _RULES.interviewer_level, gt=0, lt=0.5, description="a number above 0 and below 0.5"
    )
    excludes: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        _RULES.excludes, description="a list of flags"
    )

    def rules(self) -> ScreeningRules:
        """Return the rules of screening."""
        said = {name: getattr(self, name) for name in type(self).model_fields if name != "rows"}
        return ScreeningRules(**said)


class ReplicateColumns(Section):
    """Replicate weights that came with the file.

    Attributes
    ----------
    columns : str or tuple of str
        Names or patterns of numeric attributes, such as ``rw_*``.
    method : {"JK1", "JKn", "BRR", "Fay", "bootstrap"}
        How the agency made them.
    rho : float or None
        Fay's factor.
    scale : float, tuple of float or None
        What each squared difference counts, instead of the method's.
    """

    columns: str | Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = Field(
        description="a pattern such as rw_*, or a list of columns"
    )
    method: Method = Field(description="JK1, JKn, BRR, Fay or bootstrap")
    rho: float | None = Field(None, description="a number from 0 to below 1, with method Fay")
    scale: float | Annotated[tuple[float, ...], Field(strict=False)] | None = Field(
        None, description="a positive number, or one for each column"
    )


class Weighting(Section):
    """Margins of the population that the answers are weighted to, and replicate weights.

    Attributes
    ----------
    margins : dict or None
        Columns, or crossings such as ``sex x area``, to shares or totals by
        level; may be absent where the replicates stand in the file.
    use : {"margins", "codebook"}
        The weights used: made from the margins, or the codebook's, whose
        sample the margins are then only compared with.
    by : tuple of str
        Columns within whose combinations the margins are met.
    base : str or None
        Column of design weights that the new weights multiply; without it
        they start from 1 and replace the codebook's.
    trim : (float, float) or None
        Least and largest weight, in multiples of the mean.
    replicates : {"bootstrap", "jackknife"}, ReplicateColumns or None
        Where intervals come from: draws or leave-outs that are each raked
        to the margins again, or replicate weights of the file (raked too, where
        weights are made from margins). If absent, weights are held fixed.
    """

    margins: dict[str, Levels] | None = Field(
        None, min_length=1, description="a mapping such as {sex: {m: 49, f: 51}}, shares above 0"
    )
    use: Literal["margins", "codebook"] = Field("margins", description="margins or codebook")
    by: Columns = Field((), description="a list of attributes of the codebook")
    base: Name | None = Field(None, description="a column of the codebook with design weights")
    trim: Annotated[tuple[float, float], Field(strict=False)] | None = Field(
        None, description="two multiples of the mean weight around 1, such as [0.2, 5]"
    )
    replicates: Literal["bootstrap", "jackknife"] | ReplicateColumns | None = Field(
        None,
        description="bootstrap or jackknife, made from the margins, or columns of the file: "
        "{columns: rw_*, method: JK1}",
    )

    @property
    def makes_weights(self) -> bool:
        """Whether weights are made from the margins."""
        return self.margins is not None and self.use == "margins"

    @field_validator("trim")
    @classmethod
    def _lies_around_one(cls, value: tuple[float, float] | None) -> Any:
        if value is not None and not 0 <= value[0] < 1 < value[1]:
            raise ValueError(f"is {list(value)}, but must lie around 1, such as [0.2, 5]")
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Weighting:
        if self.margins is None and not isinstance(self.replicates, ReplicateColumns):
            raise ValueError(
                "lacks the key 'margins'; write one, such as {sex: {m: 49, f: 51}}, or "
                "'replicates' with columns of the file"
            )
        return self


class Privacy(Section):
    """What must not be seen of single persons in the results.

    Attributes
    ----------
    min_n : int
        Cells of fewer answers are left blank.
    open_answers : {"counts", "examples"}
        Whether open answers are only counted, or some are shown; personal
        data are taken out of both.
    """

    min_n: int = Field(5, ge=1, description="a whole number of at least 1")
    open_answers: Literal["counts", "examples"] = Field("counts", description="counts or examples")
