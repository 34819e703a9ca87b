"""What csat_models says before a study: how many answers it takes."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values
from csat_models import sample_size_gamma_exponential, sample_size_inverse_square_root

# The path of the source's example, with a power of .8 at a level of .05.
PATH = 0.197


def both_methods(_case: Case) -> Values:
    return {
        "inverse square root": float(sample_size_inverse_square_root(PATH)),
        "gamma-exponential": float(sample_size_gamma_exponential(PATH)),
    }


QUANTITIES: dict[str, Callable[[Case], Values]] = {"sample sizes": both_methods}
