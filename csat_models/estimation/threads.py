"""One thread for many small matrix products.

The linear algebra library would start its threads anew for each of thousands
of small products: several times slower, and with last digits that depend on
the number of cores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


def single_threaded(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function so that its linear algebra uses one thread."""

    @wraps(function)
    def limited(*arguments: P.args, **options: P.kwargs) -> R:
        with _controller().limit(limits=1, user_api="blas"):
            return function(*arguments, **options)

    return limited


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
