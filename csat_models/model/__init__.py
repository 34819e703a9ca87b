"""Floor 1: what a satisfaction model is, before any data."""

from csat_models.model import catalogue
from csat_models.model.spec import Construct, PathModel

__all__ = ["Construct", "PathModel", "catalogue"]
