"""What a params file may say of the estimation: method, draws, sampling design, indices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from csat_models.estimation.settings import HigherOrder, Interactions
from csat_models.workflow.params.section import Name, Names, Section


class EstimationSettings(Section):
    """How the model is estimated.

    Attributes
    ----------
    method : {"pls", "plsc"}
        PLS path modelling, or consistent PLS.
    scheme : {"path", "centroid", "factorial"}
        Inner weighting scheme of PLS.
    higher_order : {"two_stage", "embedded_two_stage", "repeated_indicators"}
        How constructs measured by constructs are estimated.
    interactions : {"two_stage", "product_indicator", "orthogonal"}
        How products of constructs are measured.
    missing : {"mean", "listwise", "pairwise", "em"}
        What stands for a missing answer.
    weights : bool or None
        Whether the codebook's survey weight is used; None means where it
        names one.
    standardised : bool
        Whether the items are standardised before the weights are sought.
    """

    method: Literal["pls", "plsc"] = Field(
        "pls",
        description="pls or plsc; a model of factors stands beside them in the chapter on "
        "structure, and fit(..., method='cbsem') estimates it in the library",
    )
    scheme: Literal["path", "centroid", "factorial"] = Field(
        "path", description="path, centroid or factorial"
    )
    higher_order: HigherOrder = Field(
        "two_stage", description="two_stage, embedded_two_stage or repeated_indicators"
    )
    interactions: Interactions = Field(
        "two_stage", description="two_stage, product_indicator or orthogonal"
    )
    missing: Literal["mean", "listwise", "pairwise", "em"] = Field(
        "mean", description="mean, listwise, pairwise or em"
    )
    weights: bool | None = Field(
        None, description="true or false; if absent, true where the codebook names a weight"
    )
    standardised: bool = Field(True, description="true or false")


class BootstrapSettings(Section):
    """How the uncertainty is estimated.

    Attributes
    ----------
    n_boot : int
        Number of draws.
    seed : int
        Seed of the random numbers.
    level : float
        Confidence level of the intervals.
    interval : {"percentile", "basic", "normal", "bias-corrected", "bca"}
        Kind of the intervals of loadings, reliabilities, paths and effects;
        those of means, indices and ranks are percentile intervals.
    """

    n_boot: int = Field(2000, ge=2, le=1_000_000, description="a whole number from 2 to 1000000")
    seed: int = Field(ge=0, description="a whole number of at least 0")
    level: float = Field(
        0.95, gt=0.5, lt=1, description="a number above 0.5 and below 1, such as 0.95"
    )
    interval: Literal["percentile", "basic", "normal", "bias-corrected", "bca"] = Field(
        "percentile", description="percentile, basic, normal, bias-corrected or bca"
    )


class SamplingDesign(Section):
    """How the respondents were sampled, where not one by one.

    Attributes
    ----------
    strata : str or None
        Attribute of the codebook that names the strata.
    clusters : str or None
        Attribute that names the sampling units within the strata.
    """

    strata: Name | None = Field(None, description="an attribute of the codebook")
    clusters: Name | None = Field(None, description="an attribute of the codebook")


class IndexSettings(Section):
    """Which 0-100 indices are reported, and with whose weights.

    Attributes
    ----------
    weights : {"pooled", "own"}
        Weights of the pooled sample, or each unit's own.
    constructs : tuple of str or None
        Constructs that get an index; all of the model's if absent.
    """

    weights: Literal["pooled", "own"] = Field("pooled", description="pooled or own")
    constructs: Names | None = Field(None, description="a list of the model's constructs")
