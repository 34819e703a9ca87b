"""What the chapters of a study show, as tidy tables, one class a chapter."""

from csat_models.workflow.results.index import IndexResults
from csat_models.workflow.results.measurement import MeasurementResults
from csat_models.workflow.results.priorities import PriorityResults
from csat_models.workflow.results.sample import SampleResults
from csat_models.workflow.results.structure import StructureResults
from csat_models.workflow.results.trend import TrendResults

__all__ = [
    "IndexResults",
    "MeasurementResults",
    "PriorityResults",
    "SampleResults",
    "StructureResults",
    "TrendResults",
]
