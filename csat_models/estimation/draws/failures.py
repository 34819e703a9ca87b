"""When too many draws fail, say why."""

from __future__ import annotations

import numpy as np
import xarray as xr

from csat_models.errors import ConvergenceError, DataError, InadmissibleError
from csat_models.estimation.draws.ledger import DrawLedger, draw_ledger
from csat_models.estimation.result import Estimates
from csat_models.estimation.settings import Settings

# Beyond this share of failures an interval tells of the draws that did not fail.
MAX_FAILED_SHARE = 0.5


def check_share(max_failed_share: float) -> None:
    """Refuse what is no share.

    Raises
    ------
    DataError
        A number outside 0 to 1.
    """
    if not 0.0 <= max_failed_share <= 1.0:
        raise DataError(
            f"max_failed_share={max_failed_share} is no share; write a number from 0 to 1",
            max_failed_share=max_failed_share,
        )


def require_usable_draws(draws: Estimates, max_failed_share: float) -> None:
    """Raise if more than a share of all draws failed.

    A draw has failed if it did not converge or, unless the settings say
    ``on_inadmissible="keep"``, is inadmissible. Cells without rows do not
    count.

    Parameters
    ----------
    draws : Estimates
        With dimension ``draw``.
    max_failed_share : float

    Raises
    ------
    InadmissibleError, ConvergenceError
        One sentence with the commonest reason.
    """
    keep = draws.settings.on_inadmissible == "keep"
    good = draws.converged if keep else draws.admissible
    present = draws.moments.n_obs > 0
    total = int(present.sum()) * draws.converged.sizes["draw"]
    if total - int((good & present).sum()) > max_failed_share * total:
        require_usable(draw_ledger(draws), present, draws.settings, max_failed_share)


def require_usable(
    ledger: DrawLedger, present: xr.DataArray, settings: Settings, max_failed_share: float
) -> None:
    """Raise as :func:`require_usable_draws`, from a ledger.

    Parameters
    ----------
    ledger : DrawLedger
    present : DataArray (...)
        True for cells that have rows.
    settings : Settings
    max_failed_share : float
    """

    def count(array: xr.DataArray) -> int:
        return int(array.where(present, 0).sum())

    keep = settings.on_inadmissible == "keep"
    drawn = count(ledger.drawn)
    failed = drawn - count(ledger.converged if keep else ledger.usable)
    if failed <= max_failed_share * drawn:
        return
    item, flat = _commonest(ledger.no_variance.where(present, 0), "item")
    broken, rule = _commonest(ledger.inadmissible.where(present, 0), "rule")
    empty = count(ledger.no_data)
    unsettled = drawn - count(ledger.converged) - empty - flat
    rule = 0 if keep else rule
    reasons = {"empty": empty, "flat": flat, "rule": rule, "unsettled": unsettled}
    reason = max(reasons, key=lambda name: reasons[name])
    sentence = {
        "empty": "an item was answered by nobody; leave it out of the model",
        "flat": f"item '{item}' had the same answer everywhere; leave it out of the model",
        "rule": f"the estimates are inadmissible ({broken.replace('_', ' ')}); use method='pls', "
        "or count them as usable with on_inadmissible='keep'",
        "unsettled": f"PLS did not converge in {settings.max_iterations} iterations; raise "
        "max_iterations or try another scheme",
    }[reason]
    error = ConvergenceError if reason == "unsettled" else InadmissibleError
    raise error(
        f"{failed} of {drawn} draws failed, more than max_failed_share={max_failed_share:g} "
        f"allows, most often ({reasons[reason]}) because {sentence}",
        failed=failed,
        drawn=drawn,
        reason=reason,
        count=reasons[reason],
    )


def _commonest(failures: xr.DataArray, dim: str) -> tuple[str, int]:
    """Return the label of `dim` with most failures, and their number."""
    counts = failures.sum([other for other in failures.dims if other != dim])
    place = int(np.argmax(counts.to_numpy()))
    return str(counts[dim].to_numpy()[place]), int(counts.to_numpy()[place])
