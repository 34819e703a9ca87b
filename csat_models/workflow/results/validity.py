"""The validity chapter: every criterion of measurement, structure and prediction."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import pandas as pd

from csat_models.assessment import (
    Prediction,
    assessment_table,
    compare_models,
    cross_loadings,
    cvpat,
    plspredict,
    saturated_model,
)
from csat_models.errors import AbsentError, CsatError
from csat_models.estimation import Estimates, fit_moments
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.digests import digest, library_digest

FOLDS, REPETITIONS = 10, 10
OURS, SATURATED = "model", "saturated"
_ROOMS = ("errors", "model", "survey", "estimation", "assessment", "workflow")


class ValidityResults:
    """Every criterion with its interval, threshold and verdict.

    Predictions and the exact-fit test are computed once and kept, like the draws.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def criteria(self, *names: str) -> pd.DataFrame:
        """Return rows of the assessment.

        Parameters
        ----------
        *names : str
            Criteria, such as ``"htmt2"``; all if none is named.

        Returns
        -------
        DataFrame
            As :func:`~csat_models.assessment.assessment_table` gives them.
        """
        table = self._table
        wanted = table["criterion"].isin(names) if names else pd.Series(True, index=table.index)
        return table[wanted].reset_index(drop=True)

    def formative(self) -> pd.DataFrame:
        """Collinearity and weights of formative blocks, and what global items say of them.

        Raises
        ------
        AbsentError
            The model has no formative construct.
        """
        return self._present(self.criteria("indicator_vif", "outer_weight", "redundancy"))

    def common_method(self) -> pd.DataFrame:
        """Full collinearity, and what a marker leaves of correlations and paths."""
        names = ("full_collinearity_vif", "marker_adjusted_correlation", "marker_controlled_path")
        return self.criteria(*names)

    def fit(self) -> pd.DataFrame:
        """Admissibility, distances of both structures, and the exact-fit test."""
        return self._present(self.criteria("admissibility", "srmr", "d_uls", "d_g", "exact_fit"))

    def structure(self) -> pd.DataFrame:
        """Collinearity, effect sizes, explained variance and the goodness of fit.

        Raises
        ------
        AbsentError
            The model has no path.
        """
        names = ("inner_vif", "effect_size", "r_squared", "adjusted_r_squared", "goodness_of_fit")
        return self._present(self.criteria(*names))

    def cross_loadings(self) -> pd.DataFrame:
        """``item``, ``construct``, the item's ``own`` construct and ``estimate``."""
        point = self._of.estimates
        owner = {item: c.name for c in point.model.constructs for item in c.items}
        table = cross_loadings(point).to_dataframe("estimate").reset_index()
        return table.assign(own=table["item"].map(owner))[["item", "construct", "own", "estimate"]]

    def prediction(self) -> pd.DataFrame:
        """Out-of-sample errors of every predicted item, and what is made of them.

        Returns
        -------
        DataFrame
            ``construct``, ``item``, ``rmse_model``, ``rmse_linear_model``, ``rmse_mean``, the
            same of ``mae``, ``q2_predict_mean``, ``q2_predict_linear_model``, ``q2_earliest``
            (by the exogenous constructs alone) and ``verdict``.

        Raises
        ------
        AbsentError
            Nothing can be predicted.
        """
        rows = self._present(self._table[self._table["chapter"] == "prediction"])
        items = rows[rows["item"] != ""]
        wide = items.pivot(index="item", columns="criterion", values="value").reset_index()
        judged = items[items["criterion"] == "q2_predict_linear_model"]
        found = judged[["construct", "item"]].merge(wide, on="item")
        return found.merge(self._kept("predicted", self._earliest), on="item", how="left").merge(
            self._verdicts(items), on="item"
        )

    def predicted(self) -> pd.DataFrame | None:
        """Return :meth:`prediction`, or None where nothing can be predicted."""
        try:
            return self.prediction()
        except AbsentError:
            return None

    def cvpat(self) -> pd.DataFrame:
        """Differences of losses against both benchmarks, construct by construct.

        Raises
        ------
        AbsentError
            Nothing can be predicted.
        """
        table = self._present(self.criteria("cvpat_mean", "cvpat_linear_model"))
        return table.rename(columns={"value": "estimate"})

    def alternatives(self) -> pd.DataFrame:
        """Compare the model with the saturated one, construct by construct.

        Returns
        -------
        DataFrame
            ``construct``, ``model`` ("model" or "saturated"), ``predecessors``, ``r_squared``,
            the information criteria, ``bic_weight``, ``aic_weight``; on rows of the model
            ``difference`` of the cross-validated loss (saturated less model), with ``lower``,
            ``upper`` and ``p_value``. Only constructs that the saturated model gives further
            predecessors.

        Raises
        ------
        AbsentError
            The model is saturated already, or has products or no paths.
        """
        table = self._kept("alternatives", self._alternatives)
        if table.empty:
            raise AbsentError("the model is saturated", reason="saturated")
        return table

    @cached_property
    def _table(self) -> pd.DataFrame:
        return self._kept("assessment", self._assess)

    @cached_property
    def _prediction(self) -> Prediction | None:
        return self._predicted(self._of.estimates)

    def _assess(self) -> pd.DataFrame:
        of = self._of
        bca = of.params.bootstrap.interval == "bca"
        return assessment_table(
            of.estimates,
            of.draws,
            data=of.wave.responses,
            prediction=self._prediction,
            marker=of.params.assessment.marker,
            global_items=of.params.assessment.global_items,
            level=of.level,
            seed=of.wave.seed,
            kind=of.params.bootstrap.interval,
            leave_outs=of.fitted.leave_outs() if bca else None,
            **self._how,
        )

    def _predicted(self, estimates: Estimates, **how: Any) -> Prediction | None:
        """Predict by a model; None where the assessment will say why not."""
        options: dict[str, Any] = {"n_folds": FOLDS, "repetitions": REPETITIONS}
        try:
            return plspredict(
                estimates,
                self._of.wave.responses,
                seed=self._of.wave.seed,
                **options,
                **self._how,
                **how,
            )
        except CsatError:
            return None

    def _earliest(self) -> pd.DataFrame:
        found = self._predicted(self._of.estimates, antecedents="earliest")
        if found is None:
            return pd.DataFrame({"item": pd.Series(dtype=str), "q2_earliest": []})
        return found.q2_predict().to_dataframe("q2_earliest").reset_index()

    def _alternatives(self) -> pd.DataFrame:
        point = self._of.estimates
        if point.model.products or not point.model.paths:
            return pd.DataFrame()
        wider = saturated_model(point.model)
        constructs = [
            name
            for name in wider.endogenous
            if len(wider.predecessors(name)) > len(point.model.predecessors(name))
        ]
        if not constructs:
            return pd.DataFrame()
        again = fit_moments(self._of.wave.whole.select(wider.items), wider, self._of.settings)
        models = {OURS: point, SATURATED: again}
        tables = [compare_models(models, construct=n).assign(construct=n) for n in constructs]
        return pd.concat(tables, ignore_index=True).merge(
            self._losses(again), on=["construct", "model"], how="left"
        )

    def _losses(self, again: Estimates) -> pd.DataFrame:
        """Cross-validated losses of the saturated model less the model's."""
        names = ["difference", "lower", "upper", "p_value"]
        ours, theirs = self._prediction, self._predicted(again)
        if ours is None or theirs is None:
            return pd.DataFrame({"construct": [OURS], "model": [""], **dict.fromkeys(names)})
        test = cvpat(ours, theirs, level=self._of.level)
        return test[["construct", *names]].assign(model=OURS)

    def _verdicts(self, items: pd.DataFrame) -> pd.DataFrame:
        """Fail where the mean is not beaten, caution where the linear model is not."""
        kinds = ("q2_predict_mean", "q2_predict_linear_model")
        mean, linear = (
            items[items["criterion"] == kind].set_index("item")["verdict"] for kind in kinds
        )
        return linear.where(mean == "pass", mean).rename("verdict").reset_index()

    @property
    def _how(self) -> dict[str, Any]:
        return {"missing": self._of.params.estimation.missing, "sampling_weights": self._of.weight}

    def _kept(self, name: str, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        of = self._of
        key = digest(
            of.wave.draws_key,
            of.model.to_text(),
            of.params.estimation.model_dump(mode="json"),
            of.params.bootstrap.model_dump(mode="json"),
            of.params.assessment.model_dump(mode="json"),
            library_digest(*_ROOMS),
        )
        return of.wave.store.frame(f"{name}-{key}", compute)

    def _present(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows, unless all of them are blank for one reason."""
        if table["value"].isna().all():
            reason = str(table["status"].iloc[0])
            raise AbsentError(f"the criteria have no value: {reason}", reason=reason)
        return table.reset_index(drop=True)
