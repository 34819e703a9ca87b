"""The section on interactions: what a moderator does to an effect."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from csat_models.errors import AbsentError
from csat_models.estimation import product_coefficients, simple_slopes
from csat_models.model.construct import PRODUCT
from csat_models.workflow.computing.computation import Computation

LEVELS = (-1.0, 0.0, 1.0)


class InteractionResults:
    """Products of constructs in the wave: their coefficients, and slopes at their moderators.

    Of the product ``A:B``, A is what acts and B its moderator; ``A:A`` is a
    square, where A itself is.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def coefficients(self) -> pd.DataFrame:
        """Coefficients per unit of the product of two standardised scores.

        Returns
        -------
        DataFrame
            ``source``, ``moderator``, ``target`` and the coefficient with its
            interval; see :func:`~csat_models.estimation.product_coefficients`.

        Raises
        ------
        AbsentError
            The model has no product.
        """
        self._require_products()
        table = self._of.interacting.table(product_coefficients, test=True)
        table = table.rename(columns={"source": "product"})
        parts = []
        for product, target in self._effects():
            source, moderator = product.split(PRODUCT)
            mine = table[(table["product"] == product) & (table["target"] == target)]
            parts.append(mine.assign(source=source, moderator=moderator))
        return pd.concat(parts, ignore_index=True)

    def slopes(self) -> pd.DataFrame:
        """Effects where the moderator is one standard deviation low, at its mean, high.

        Returns
        -------
        DataFrame
            ``source``, ``moderator``, ``target``, ``level`` (-1, 0, 1) and the
            slope with its interval; see
            :func:`~csat_models.estimation.simple_slopes`.

        Raises
        ------
        AbsentError
            The model has no product.
        """
        self._require_products()
        parts = [self._slopes(product, target) for product, target in self._effects()]
        return pd.concat(parts, ignore_index=True)

    def _slopes(self, product: str, target: str) -> pd.DataFrame:
        source, moderator = product.split(PRODUCT)
        named = {"source": source, "target": target, "moderator": moderator}
        table = self._of.interacting.table(
            lambda each: simple_slopes(each, **named, at=LEVELS), test=True
        )
        return table.assign(**named)

    def _effects(self) -> Iterator[tuple[str, str]]:
        model = self._of.fitted_model
        return ((source, target) for source, target in model.paths if source in model.products)

    def _require_products(self) -> None:
        if not self._of.fitted_model.products:
            raise AbsentError("the model has no product of constructs", reason="no_product")
