"""What the chapters of a study show, as tidy tables, one class a chapter."""

from csat_models.workflow.results.answers import AnswerResults
from csat_models.workflow.results.attributes import AttributeResults
from csat_models.workflow.results.covariance import CovarianceResults
from csat_models.workflow.results.field import FieldResults
from csat_models.workflow.results.flagged import FlaggedResults
from csat_models.workflow.results.groups import GroupResults
from csat_models.workflow.results.index import IndexResults
from csat_models.workflow.results.instrument import InstrumentResults
from csat_models.workflow.results.interactions import InteractionResults
from csat_models.workflow.results.measurement import MeasurementResults
from csat_models.workflow.results.planning import PlanningResults
from csat_models.workflow.results.priorities import PriorityResults
from csat_models.workflow.results.sample import SampleResults
from csat_models.workflow.results.segments import SegmentResults
from csat_models.workflow.results.structure import StructureResults
from csat_models.workflow.results.trend import TrendResults
from csat_models.workflow.results.validity import ValidityResults

__all__ = [
    "AnswerResults",
    "AttributeResults",
    "CovarianceResults",
    "FieldResults",
    "FlaggedResults",
    "GroupResults",
    "IndexResults",
    "InstrumentResults",
    "InteractionResults",
    "MeasurementResults",
    "PlanningResults",
    "PriorityResults",
    "SampleResults",
    "SegmentResults",
    "StructureResults",
    "TrendResults",
    "ValidityResults",
]
