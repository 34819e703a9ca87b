r"""Measurement invariance of composites: whether groups may be compared at all.

Three steps: the same items, coding and algorithm in every group (configural);
composites that weigh items alike (compositional); equal means and equal
variances of the composites. All of it follows from the groups' moments.

References
----------
Henseler, Ringle and Sarstedt (2016), Testing measurement invariance of
composites using partial least squares, International Marketing Review 33,
405-431.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.assessment.groups.options import Options, without_empty_groups
from csat_models.assessment.groups.pairs import Adjustment, adjusted_p_values, group_pairs
from csat_models.errors import ModelError
from csat_models.estimation import (
    Estimates,
    Moments,
    Settings,
    compute_moments,
    fit_moments,
    permute_groups,
)
from csat_models.estimation.draws.ledger import construct_agreement
from csat_models.estimation.estimates import to_correlations
from csat_models.estimation.intervals.arguments import require_level
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.model import PathModel
from csat_models.model.spec import require_model
from csat_models.survey import Responses

Array = NDArray[np.float64]

STEPS = ("compositional", "mean", "variance")
COLUMNS = (
    "step", "construct", "group", "group_2", "value", "lower", "upper",
    "p_value", "p_adjusted", "verdict", "invariance",
)  # fmt: skip
VERDICTS = ("invariant", "not_invariant", "undecided")


def micom(
    data: Responses | pd.DataFrame,
    model: PathModel,
    *,
    group: str,
    n_permutations: int = 1000,
    seed: int,
    level: float = 0.95,
    adjust: Adjustment = "holm",
    settings: Settings | None = None,
    **how: Any,
) -> pd.DataFrame:
    r"""Test the invariance of every composite between every pair of groups.

    Compositional invariance: with the weights w of two groups and the pooled
    correlations S, :math:`c = w_1' S w_2 / \sqrt{w_1' S w_1 \; w_2' S w_2}` is
    1 where both weigh alike; its p-value is the share of permuted groups with
    a c no larger. Means and variances: of the composite with the pooled
    sample's weights, the difference of means (in pooled standard deviations)
    and the logarithm of the variances' ratio; both compared with permuted
    groups by absolute value, so that swapping the groups changes signs only.

    Parameters
    ----------
    data : Responses or DataFrame
    model : PathModel
        Without higher order and products.
    group : str
        Column of the groups, two or more.
    n_permutations : int
    seed : int
    level : float
        One less the level of the tests.
    adjust : str
        For the number of pairs, within each step and construct; see
        :func:`~csat_models.assessment.groups.pairs.adjusted_p_values`.
    settings : Settings, optional
        How the model is estimated.
    **how
        ``within`` (columns within whose cells groups are permuted), ``persons`` and
        ``clusters`` (whose rows are permuted together), ``missing``,
        ``sampling_weights``: see
        :func:`~csat_models.estimation.draws.permutation.permute_groups`.

    Returns
    -------
    DataFrame
        ``step`` (of :data:`STEPS`), ``construct``, ``group``, ``group_2``,
        ``value``, ``lower``, ``upper`` (what permuted groups give, `level` of
        them; compositional: from ``lower`` on), ``p_value``, ``p_adjusted``,
        ``verdict`` and ``invariance`` of the construct between the two:
        ``full``, ``partial`` (compositional only) or ``none``.

    Raises
    ------
    DataError
        No such column, fewer than two groups, or an argument that is none.
    ModelError
        A model with constructs of higher order or products.

    Examples
    --------
    >>> common = np.random.default_rng(1).normal(size=(200, 1))
    >>> noise = np.random.default_rng(2).normal(size=(200, 4))
    >>> frame = pd.DataFrame(common + noise, columns=list("abcd")).assign(brand=["x", "y"] * 100)
    >>> model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    >>> table = micom(frame, model, group="brand", n_permutations=99, seed=1)
    >>> table["step"].unique().tolist(), table["invariance"].unique().tolist()
    (['compositional', 'mean', 'variance'], ['full'])
    """
    require_model(model)
    _require_plain(model)
    require_count("n_permutations", n_permutations)
    require_seed(seed)
    require_level(level)
    options, data = Options.of(how), without_empty_groups(data, group)
    how = {"items": model.items, **options.reading}
    moments = {
        "whole": compute_moments(data, **how),
        "observed": compute_moments(data, by=[group], **how),
    }
    moments["permuted"] = permute_groups(
        data,
        group=group,
        n_permutations=n_permutations,
        seed=seed,
        **options.permuting,
        **how,
    )
    return micom_table(
        moments, model, settings or Settings(), group=group, level=level, adjust=adjust
    )


def micom_table(
    moments: dict[str, Moments],
    model: PathModel,
    settings: Settings,
    *,
    group: str,
    level: float = 0.95,
    adjust: Adjustment = "holm",
) -> pd.DataFrame:
    """Return :func:`micom` from moments of the ``whole``, ``observed`` and ``permuted`` groups."""
    whole = fit_moments(moments["whole"], model, settings)
    parts = [
        _Parts.of(fit_moments(moments[name], model, settings, orientation=whole), whole, group)
        for name in ("observed", "permuted")
    ]
    labels = moments["observed"].mean[group].values.tolist()
    tables = [
        _step_table(step, parts[0].statistic(step), parts[1].statistic(step), level).assign(
            **_names(labels, model)
        )
        for step in STEPS
    ]
    table = pd.concat(tables, ignore_index=True)
    family = table.groupby(["step", "construct"], sort=False)["p_value"]
    table["p_adjusted"] = family.transform(lambda p: adjusted_p_values(p, adjust))
    table["verdict"] = _verdicts(table["p_adjusted"], 1.0 - level)
    concluded = table.merge(_conclusion(table), on=["construct", "group", "group_2"], how="left")
    return concluded[list(COLUMNS)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parts:
    """Groups on the scale of the pooled sample.

    weights (..., G, K) of the groups; mean (..., G, J) and variance (..., G, J) of the
    composites with the pooled weights; pooled correlations (K, K), membership (K, J).
    """

    weights: Array
    mean: Array
    variance: Array
    pooled: Array
    membership: Array

    @classmethod
    def of(cls, groups: Estimates, whole: Estimates, group: str) -> _Parts:
        deviation = np.sqrt(np.diagonal(whole.moments.cov.to_numpy()))
        mean = groups.moments.mean.transpose(..., group, "item").to_numpy()
        cov = groups.moments.cov.transpose(..., group, "item", "item_2").to_numpy()
        weighing = whole.weights.to_numpy()[:, None] * whole.model.membership
        scaled = weighing / deviation[:, None]
        return cls(
            weights=groups.weights.transpose(..., group, "item").to_numpy(),
            mean=(mean - whole.moments.mean.to_numpy()) @ scaled,
            variance=np.einsum("kj,...kl,lj->...j", scaled, cov, scaled),
            pooled=to_correlations(whole.moments.cov.to_numpy()),
            membership=whole.model.membership,
        )

    def statistic(self, step: str) -> Array:
        """Return the statistic of every pair of groups, (..., pair, J)."""
        pairs = group_pairs(range(self.mean.shape[-2]))
        first, second = ([pair[k] for pair in pairs] for k in (0, 1))
        if step == "mean":
            return np.asarray(self.mean[..., first, :] - self.mean[..., second, :])
        if step == "variance":
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.log(self.variance)
            return np.asarray(logs[..., first, :] - logs[..., second, :])
        one, other = self.weights[..., first, :], self.weights[..., second, :]
        return construct_agreement(self.pooled, one, other, self.membership)


def _names(labels: list[Any], model: PathModel) -> dict[str, list[Any]]:
    pairs, constructs = group_pairs(labels), model.construct_names
    return {
        "construct": list(constructs) * len(pairs),
        "group": [labels[first] for first, _second in pairs for _ in constructs],
        "group_2": [labels[second] for _first, second in pairs for _ in constructs],
    }


def _step_table(step: str, observed: Array, permuted: Array, level: float) -> pd.DataFrame:
    alpha, known = 1.0 - level, np.isfinite(permuted)
    # Equal groups agree to rounding.
    extreme = (
        permuted <= observed + 1e-12
        if step == "compositional"
        else np.abs(permuted) >= np.abs(observed) - 1e-12
    )
    p_value = (1 + (extreme & known).sum(axis=0)) / (1 + known.sum(axis=0))
    ends = (alpha, 1.0) if step == "compositional" else (alpha / 2, 1.0 - alpha / 2)
    usable = known.any(axis=0) & np.isfinite(observed)
    spread = np.nanquantile(np.where(usable, permuted, 0.0), ends, axis=0)
    lower, upper, p_value = (np.where(usable, part, np.nan) for part in (*spread, p_value))
    columns = {"value": observed, "lower": lower, "upper": upper, "p_value": p_value}
    table = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    return table.assign(step=step)


def _verdicts(p_adjusted: pd.Series[float], alpha: float) -> list[str]:
    named = np.where(p_adjusted < alpha, "not_invariant", "invariant")
    return [str(each) for each in np.where(p_adjusted.isna(), "undecided", named)]


def _conclusion(table: pd.DataFrame) -> pd.DataFrame:
    wide = table.pivot(index=["construct", "group", "group_2"], columns="step", values="verdict")
    same = wide == "invariant"
    kind = np.where(same[["mean", "variance"]].all(axis=1), "full", "partial")
    kind = np.where(same["compositional"], kind, "none")
    unknown = (wide == "undecided").any(axis=1)
    return pd.DataFrame(
        {"invariance": np.where(unknown, "undecided", kind)}, wide.index
    ).reset_index()


def _require_plain(model: PathModel) -> None:
    if model.higher_order or model.products:
        raise ModelError(
            "the invariance of composites is tested for models without constructs of higher "
            "order and products; test the model of the first order"
        )
