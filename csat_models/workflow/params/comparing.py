"""What a params file may say of the units and the competitor that are compared."""

from __future__ import annotations

from pydantic import Field, model_validator

from csat_models.workflow.params.section import Code, Name, Section


class Competitor(Section):
    """How the raw file tells our customers from the competitor's.

    Attributes
    ----------
    column : str
        An attribute of the codebook.
    ours, theirs : str
        Its values for our and for the competitor's customers, as text; a
        code may be written as a whole number.
    """

    column: Name = Field(description="an attribute of the codebook")
    ours: Code = Field(min_length=1, description="a value of the column")
    theirs: Code = Field(min_length=1, description="another value of the column")

    @model_validator(mode="after")
    def _differ(self) -> Competitor:
        if self.ours == self.theirs:
            raise ValueError(
                f"must name two values, but 'ours' and 'theirs' are both '{self.ours}'"
            )
        return self


class Comparison(Section):
    """What is compared within a wave.

    Attributes
    ----------
    unit : str or None
        Attribute that names the units, such as cities.
    competitor : Competitor or None
        How the competitor is told apart.
    """

    unit: Name | None = Field(None, description="an attribute of the codebook")
    competitor: Competitor | None = Field(
        None, description="a mapping with the keys column, ours and theirs"
    )
