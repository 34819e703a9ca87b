"""What a covariance-based model is fitted to: moments, or the rows of one or several groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csat_models.errors import DataError, InadmissibleError
from csat_models.estimation.covariance.likelihood import Sums
from csat_models.estimation.covariance.point import require_definite
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import Array, Groups, Missing, Sample, read_sample
from csat_models.estimation.stages import batch_cov
from csat_models.estimation.weighted import without_rounding
from csat_models.model import PathModel
from csat_models.survey import Responses
from csat_models.survey.incomplete import em_moments, require_converged

# How read_sample calls the ways of maximum likelihood with missing answers.
WAYS: dict[str, Missing] = {"listwise": "listwise", "fiml": "em"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Sums of the rows of G groups, and where they came from.

    Attributes
    ----------
    items : tuple of str
    groups : tuple of str
        ``("",)`` for one group.
    rows : tuple of array (n_g, K)
        NaN where missing; empty if only moments were given.
    sums : Sums
    scale_min, scale_max : array (K,)
    """

    items: tuple[str, ...]
    groups: tuple[str, ...]
    rows: tuple[Array, ...]
    sums: Sums
    scale_min: Array
    scale_max: Array

    @classmethod
    def of_moments(cls, moments: Moments) -> Answers:
        """Take the moments of one sample.

        Raises
        ------
        DataError
            Moments with leading dimensions.
        """
        if moments.batch_dims:
            raise DataError(
                f"the moments have the dimension '{moments.batch_dims[0]}', and a "
                "covariance-based fit takes one sample; select one with moments.sel(...), or use "
                "fit(method='cbsem')",
                dim=str(moments.batch_dims[0]),
            )
        n_obs = float(moments.n_obs)
        cov = batch_cov(moments) * ((n_obs - 1.0) / n_obs)
        return cls(
            items=moments.items,
            groups=("",),
            rows=(),
            sums=Sums.of_moments(cov[None], np.array([n_obs]), moments.mean.to_numpy()[None]),
            scale_min=moments.scale_min.to_numpy(),
            scale_max=moments.scale_max.to_numpy(),
        )

    @classmethod
    def of_rows(
        cls, data: Responses | pd.DataFrame, model: PathModel, group: str | None, missing: str
    ) -> Answers:
        """Take the rows of a data set, group by group.

        Raises
        ------
        DataError
            A column that is not there, an unknown way with missing answers,
            or a column that makes only one group.
        """
        if missing not in WAYS:
            raise DataError(
                f"missing='{missing}' is no way of maximum likelihood; write listwise or fiml",
                missing=missing,
            )
        sample = read_sample(data, items=model.items, missing=WAYS[missing])
        rows, groups = _split(sample, group)
        return cls(
            items=sample.items,
            groups=groups,
            rows=rows,
            sums=Sums.of_rows(rows),
            scale_min=sample.scale_min,
            scale_max=sample.scale_max,
        )

    def saturated(self) -> tuple[Array, Array]:
        """Maximum-likelihood means (G, K) and covariances (G, K, K), with divisor n.

        Raises
        ------
        InadmissibleError
            A group with an item without variance or with fewer rows than
            items, or collinear items.
        ConvergenceError
            The EM algorithm did not converge.
        """
        pairs = [self._saturated(g) for g in range(len(self.groups))]
        return np.stack([mean for mean, _ in pairs]), np.stack([cov for _, cov in pairs])

    def moments(self, mean: Array, cov: Array) -> Moments:
        """Label saturated moments of the whole sample, (G, K) and (G, K, K)."""
        rows = np.bincount(self.sums.group, self.sums.weight, minlength=len(self.groups))
        n_obs, centre = rows.sum(), rows @ mean / rows.sum()
        gap = mean - centre
        spread = np.einsum("g,gkl->kl", rows, cov + gap[:, :, None] * gap[:, None, :]) / n_obs
        return Moments.from_table(
            items=self.items,
            mean=centre,
            cov=spread * (n_obs / (n_obs - 1.0)),
            n_obs=round(float(n_obs)),
            scale_min=dict(zip(self.items, self.scale_min.tolist(), strict=True)),
            scale_max=dict(zip(self.items, self.scale_max.tolist(), strict=True)),
        )

    def _saturated(self, g: int) -> tuple[Array, Array]:
        own = self.sums.group == g
        n_obs = round(float(self.sums.weight[own].sum()))
        self._require_rows(g, n_obs)
        if self.sums.answered[own].all():
            mean, cov = self.sums.mean[own][0], self.sums.scatter[own][0] / n_obs
            if self.rows:
                cov = without_rounding(cov, mean, self.rows[g], np.ones(len(self.rows[g])))
        else:
            found = require_converged(em_moments(self.rows[g], items=self.items))
            mean, cov = found.mean, found.cov
        require_definite(cov, self.items, n_obs, self.groups[g])
        return mean, cov

    def _require_rows(self, g: int, n_obs: int) -> None:
        if n_obs <= len(self.items):
            name = self.groups[g]
            where = f"group '{name}'" if name else "the sample"
            raise InadmissibleError(
                f"{where} has {n_obs} rows for "
                f"{len(self.items)} items, so its covariances have no inverse; use more rows than "
                "items, or method='pls'",
                rows=n_obs,
                items=len(self.items),
                group=name,
            )


def _split(sample: Sample, group: str | None) -> tuple[tuple[Array, ...], tuple[str, ...]]:
    """Answers of each group, (n_g, K), in the order of the groups' names."""
    if group is None:
        return (sample.values,), ("",)
    groups = Groups.of(sample.rows, (group,))
    cells = list(groups.cells())
    names = tuple(str(groups.coords[group][cell[0]]) for cell, _ in cells)
    if len(names) < 2:  # noqa: PLR2004
        raise DataError(
            f"column '{group}' has {len(names)} value{'s' * (len(names) != 1)}; groups need a "
            "column with two or more",
            column=group,
        )
    return tuple(sample.values[places] for _, places in cells), names
