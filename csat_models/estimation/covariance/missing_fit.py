r"""What fit would be without missing answers, estimated from what was answered.

Full information estimates the same parameters as complete rows would, but the
misfit in CFI and RMSEA is that of the answers given, which weighs items with
few answers less. The statistic is taken instead from the saturated moments as
if they were those of complete rows, and its mean under the model, c times the
degrees of freedom, from the information of both. With :math:`W_m` the observed
information of the rows on the saturated moments, :math:`W_c` that of complete
rows, and :math:`U = W_m - W_m\Delta(\Delta'W_m\Delta)^{-1}\Delta'W_m`,

.. math::
    c\,df = \mathrm{tr}\,W_c W_m^{-1} U W_m^{-1}
    \quad\text{or}\quad
    c\,df = \mathrm{tr}\,U W_m^{-1} W_c W_m^{-1} U \Gamma ,

the second for answers that need not be normal (versions 6 and 3 of the source,
those of lavaan under ``estimator="ML"`` and ``"MLR"``).

References
----------
Zhang and Savalei (2023), New computations for RMSEA and CFI following FIML and
TS estimation with missing data, Psychological Methods 28, 263-283.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.likelihood import case_scores, evaluate, log_likelihood
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.covariance.saturated import (
    complete_sums,
    saturated_information,
    slopes_of_moments,
)
from csat_models.estimation.sample import Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MissingFit:
    """What both models need of the rows.

    Attributes
    ----------
    found : CovarianceFit
    information : array (M, M)
        Of the rows on the saturated moments.
    inverse : array (M, M)
    complete : array (M, M)
        That of complete rows with these moments.
    spread : array (M, M) or None
        Sampling covariances of the moments; None of normal answers.
    """

    found: CovarianceFit
    information: Array
    inverse: Array
    complete: Array
    spread: Array | None

    @classmethod
    def of(cls, found: CovarianceFit, *, normal: bool) -> MissingFit:
        """Prepare the corrections of a fit to incomplete rows."""
        saturated = found.unrestricted()
        theta = found.saturated_theta(saturated)
        information = saturated_information(found)
        inverse: Array = np.asarray(np.linalg.inv(information), dtype=np.float64)
        scores = None if normal else case_scores(saturated, theta, found.rows) @ inverse
        return cls(
            found=found,
            information=information,
            inverse=inverse,
            complete=evaluate(saturated, theta, complete_sums(found)).information,
            spread=None if scores is None else scores.T @ scores,
        )

    def chi_square(self, table: ParameterTable, theta: Array) -> float:
        """Of a model, if the saturated moments were those of complete rows."""
        sums, saturated = complete_sums(self.found), self.found.unrestricted()
        whole = log_likelihood(saturated, self.found.saturated_theta(saturated), sums)
        return 2.0 * float(whole - log_likelihood(table, theta, sums))

    def factor(self, table: ParameterTable, theta: Array) -> float:
        """Mean of that statistic under the model, over its degrees of freedom."""
        if not table.degrees_of_freedom:
            return np.nan
        slopes = slopes_of_moments(self.found, table, theta)
        bread = self.information @ slopes
        residual = self.information - bread @ np.linalg.solve(slopes.T @ bread, bread.T)
        turned = self.inverse @ residual
        middle = self.complete @ turned
        if self.spread is None:
            trace = np.einsum("ij,ji->", middle, self.inverse)
        else:
            trace = np.einsum("ij,ji->", turned.T @ middle, self.spread)
        return float(trace) / table.degrees_of_freedom
