"""The sections on the covariance-based model: its fit, its groups, and PLS beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Literal

import pandas as pd

from csat_models.assessment.covariance_fit import covariance_fit_table
from csat_models.assessment.measurement_invariance import (
    LEVELS,
    measurement_invariance,
    without_small_groups,
)
from csat_models.assessment.reconciliation import reconcile
from csat_models.errors import (
    AbsentError,
    ConvergenceError,
    DataError,
    InadmissibleError,
    ModelError,
)
from csat_models.estimation import (
    CovarianceFit,
    fit_covariance,
    modification_indices,
    parameter_table,
    release_indices,
)
from csat_models.estimation.covariance.elements import require_factors
from csat_models.estimation.covariance.parameters import EQUAL
from csat_models.model import PathModel
from csat_models.survey import Responses
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.digests import digest, library_digest

Groups = Literal["brands", "waves"]

# Up to equal intercepts: what comparing relations, means and indices asks for.
TESTED = LEVELS[:3]
OPERATORS = {"metric": "=~", "scalar": "~1"}
WAVE = "wave"
RELEASED = 5


class CovarianceResults:
    """The same model as factors, by maximum likelihood, in the wave and between groups.

    Rows are taken unweighted: those who answered every item or, where the study
    has ``missing: em``, all of them. Whatever is asked of a model or a sample
    that has no such solution raises an AbsentError with the reason.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def fit(self) -> pd.DataFrame:
        """Judge the fit; see :func:`~csat_models.assessment.covariance_fit_table`.

        Returns
        -------
        DataFrame
            With ``n_obs``, the rows that were fitted.
        """

        def judge() -> pd.DataFrame:
            return covariance_fit_table(self._found).assign(n_obs=self._found.n_obs)

        return self._kept("fit", judge)

    def parameters(self) -> pd.DataFrame:
        """All parameters with robust standard errors, and standardised."""

        def describe() -> pd.DataFrame:
            complete = self._found.complete
            return parameter_table(
                self._found,
                standard_errors="satorra_bentler" if complete else "huber_white",
            )

        return self._kept("parameters", describe)

    def loadings(self) -> pd.DataFrame:
        """``construct``, ``item``, ``estimate``, ``standard_error``, ``standardised``."""
        return self._parameters("=~", lhs="construct", rhs="item")

    def paths(self) -> pd.DataFrame:
        """``source``, ``target``, ``estimate``, ``standard_error``, ``standardised``."""
        return self._parameters("~", lhs="target", rhs="source")

    def modifications(self, count: int = 10) -> pd.DataFrame:
        """Return the `count` parameters that the model misses most.

        See :func:`~csat_models.estimation.covariance.modification_indices`.

        Raises
        ------
        AbsentError
            No parameter is fixed: a saturated model misses nothing.
        """
        table = self._kept("modifications", lambda: modification_indices(self._found))
        if table.empty:
            raise AbsentError("a saturated model misses nothing", reason="saturated_model")
        return table.head(count)

    def invariance(self, groups: Groups) -> pd.DataFrame:
        """Test equal loadings and intercepts between brands, or with the wave before.

        Parameters
        ----------
        groups : {"brands", "waves"}

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.measurement_invariance`.
        """
        data, column = self._grouped(groups)

        def test() -> pd.DataFrame:
            require_factors(self._of.fitted_model)
            return measurement_invariance(
                data(),
                self._of.fitted_model,
                group=column,
                levels=TESTED,
                missing=self._missing,
                correction="yuan_bentler" if self._missing == "fiml" else "satorra_bentler",
            )

        return self._kept(f"invariance-{groups}", test)

    def releases(self, groups: Groups) -> pd.DataFrame:
        """Return what differs most where a level fails; empty where none does.

        Returns
        -------
        DataFrame
            ``level`` and the columns of
            :func:`~csat_models.estimation.covariance.release_indices`.
        """
        failing = failed_level(self.invariance(groups))
        if failing is None:
            return pd.DataFrame()
        data, column = self._grouped(groups)

        def find() -> pd.DataFrame:
            model, missing = self._of.fitted_model, self._missing
            rows, _ = without_small_groups(data(), model, group=column, missing=missing)
            found = fit_covariance(
                rows,
                model,
                group=column,
                equal=EQUAL[: TESTED.index(failing)],
                mean_structure=True,
                missing=missing,
            )
            table = release_indices(found)
            mine = table[table["op"] == OPERATORS[failing]].head(RELEASED)
            return mine.assign(level=failing).reset_index(drop=True)

        return self._kept(f"releases-{groups}", find)

    def by_method(self) -> pd.DataFrame:
        """Put PLS, consistent PLS and the factor model side by side, from the same moments.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.reconcile`.
        """
        self._require_no_products()
        whole, model = self._of.wave.whole, self._of.fitted_model
        scheme = self._of.params.estimation.scheme
        return self._kept("methods", lambda: reconcile(whole, model, scheme=scheme))

    @property
    def _missing(self) -> str:
        return "fiml" if self._of.params.estimation.missing == "em" else "listwise"

    @cached_property
    def _found(self) -> CovarianceFit:
        return fit_covariance(self._of.wave.responses, self._of.fitted_model, missing=self._missing)

    def _parameters(self, operator: str, **names: str) -> pd.DataFrame:
        table = self.parameters()
        mine = table[table["op"] == operator].rename(columns=names)
        return mine.drop(columns=["group", "op"]).reset_index(drop=True)

    def _grouped(self, groups: Groups) -> tuple[Callable[[], Responses | pd.DataFrame], str]:
        """Give the rows, when they are asked for, and the column of their groups."""
        if groups == "brands":
            if self._of.brands is None:
                raise AbsentError("the study names no competitor", reason="no_competitor")
            return lambda: self._of.wave.responses, self._of.brands["over"]
        if len(self._of.waves) == 1:
            raise AbsentError("the study has no earlier wave", reason="no_earlier_wave")
        return self._last_two_waves, WAVE

    def _last_two_waves(self) -> pd.DataFrame:
        items = list(self._of.fitted_model.items)
        parts = [
            wave.responses.frame[items].assign(**{WAVE: str(wave.label)})
            for wave in self._of.waves[-2:]
        ]
        return pd.concat(parts, ignore_index=True)

    def _kept(self, name: str, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        key = digest(
            [wave.draws_key for wave in self._of.waves[-2:]],
            self._of.fitted_model.to_text(),
            self._missing,
            library_digest("errors", "model", "survey", "estimation", "assessment", "workflow"),
        )
        with _refusing():
            return self._of.wave.store.frame(f"covariance-{name}-{key}", partial(_whole, compute))

    def _require_no_products(self) -> None:
        if self._of.fitted_model.products:
            raise AbsentError("the model has products of constructs", reason="not_factors")


def failed_level(levels: pd.DataFrame) -> str | None:
    """Return the first level that does not hold by one of the two verdicts.

    Parameters
    ----------
    levels : DataFrame
        As :func:`~csat_models.assessment.measurement_invariance` gives it.

    Examples
    --------
    >>> failed_level(pd.DataFrame({"level": ["configural", "metric"],
    ...     "verdict_cheung_rensvold": ["", "fails"], "verdict_chen": ["", "holds"]}))
    'metric'
    """
    verdicts = levels[["verdict_cheung_rensvold", "verdict_chen"]]
    failed = levels.loc[(verdicts == "fails").any(axis=1), "level"]
    return None if failed.empty else str(failed.iloc[0])


def of_factors(model: PathModel) -> bool:
    """Whether every construct can be a factor with items of its own.

    Examples
    --------
    >>> of_factors(PathModel.parse("A =~ a1 + a2; B =~ b; B ~ A"))
    True
    >>> of_factors(PathModel.parse("A <~ a1 + a2; B =~ b; B ~ A"))
    False
    """
    try:
        require_factors(model)
    except ModelError:
        return False
    return True


@contextmanager
def _refusing() -> Iterator[None]:
    """Say in the report's terms why there is no solution."""
    try:
        yield
    except ModelError as error:
        raise AbsentError(str(error), reason="not_factors") from error
    except (ConvergenceError, InadmissibleError) as error:
        raise AbsentError(str(error), reason="no_maximum") from error
    except DataError as error:
        raise AbsentError(str(error), reason="too_few_rows") from error


def _whole(compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return a table that a file keeps as it is: its texts without missing ones."""
    table = compute().reset_index(drop=True)
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = table[name].fillna("").astype(str)
    return table
