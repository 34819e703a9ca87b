"""How fast the engine is, beside two packages that do the same: on the ECSI mobile survey.

One core, path scheme, items standardised. The packages are run in the same
process; they get fewer draws, and their time is scaled to as many as ours::

    python benchmarks/bench_engine.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from conditions import (
    describe_conditions,
    markdown_table,
    processor_seconds,
    seconds_of,
    use_one_thread,
    write_report,
)

import csat_models as csat

N_BOOT, SEED, REPEATS = 5000, 1, 5
SEMINR_DRAWS, OPENPLS_DRAWS, PEER_REPEATS = 200, 50, 2
# What seminr stops at; openpls-engine is told the same, ours stops at 1e-9.
TOLERANCE = 1e-7
MODEL = csat.catalogue.ecsi_mobile()

TASK = "ECSI mobile survey, 250 customers, 7 constructs, 24 items, 12 paths"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Processor seconds that something took.

    Attributes
    ----------
    best, median : float
    draws : int
        1 for a single fit.
    """

    best: float
    median: float
    draws: int

    @classmethod
    def of(cls, action: Callable[[], object], draws: int, repeats: int) -> Timed:
        """Take the processor time of `action`."""
        times, _ = seconds_of(action, repeats, processor_seconds)
        return cls(best=times[0], median=float(np.median(times)), draws=draws)

    @property
    def scaled(self) -> float:
        """Best time for :data:`N_BOOT` draws."""
        return self.best / self.draws * N_BOOT


def load_mobi() -> pd.DataFrame:
    """Return the ECSI mobile survey, 250 x 24."""
    from seminr.datasets import load_mobi as load

    table = load()
    return pd.DataFrame(np.asarray(table.values, dtype=float), columns=list(table.columns))


def time_ours(frame: pd.DataFrame) -> dict[str, Timed]:
    """Fit, draws, and draws with everything that is computed from them."""

    def draw() -> csat.Estimates:
        return csat.bootstrap(frame, MODEL, n_boot=N_BOOT, seed=SEED)

    def assess() -> list[object]:
        draws = draw()
        criteria = (csat.reliability, csat.htmt, csat.total_effects, csat.satisfaction_index)
        return [criterion(draws) for criterion in criteria]

    return {
        "fit": Timed.of(lambda: csat.fit(frame, MODEL), 1, 20),
        "draws": Timed.of(draw, N_BOOT, REPEATS),
        "all": Timed.of(assess, N_BOOT, REPEATS),
    }


def require_same_paths(frame: pd.DataFrame, found: dict[tuple[str, str], Any]) -> None:
    """Make sure that a package has estimated the same model."""
    paths = csat.fit(frame, MODEL).paths
    for (source, target), value in found.items():
        expected = paths.sel(source=source, target=target).item()
        # The packages stop at a change of 1e-7.
        if abs(value - expected) > 1e-5:
            raise SystemExit(f"{source} -> {target} is {value}, not {expected}")


def time_seminr(frame: pd.DataFrame) -> dict[str, Timed]:
    """Fit and draws of seminr; a draw has weights, loadings, paths, total effects and HTMT."""
    import seminr

    measurement = seminr.constructs(
        *(seminr.composite(c.name, list(c.items)) for c in MODEL.constructs)
    )
    structure = seminr.relationships(*(seminr.paths(*pair) for pair in MODEL.paths))

    data: Any = frame

    def fit() -> seminr.PlsModel:
        return seminr.estimate_pls(
            data, measurement, structure, inner_weights=seminr.path_weighting
        )

    model = fit()
    found = pd.DataFrame(
        model.path_coef.values, index=model.path_coef.rows, columns=model.path_coef.cols
    )
    require_same_paths(frame, {(a, b): found.at[a, b] for a, b in MODEL.paths})
    return {
        "fit": Timed.of(fit, 1, 20),
        "draws": Timed.of(
            lambda: seminr.bootstrap_model(model, nboot=SEMINR_DRAWS, seed=SEED),
            SEMINR_DRAWS,
            PEER_REPEATS,
        ),
    }


def time_openpls(frame: pd.DataFrame) -> dict[str, Timed]:
    """Fit and draws of openpls-engine; a draw has weights, loadings, paths, effects and R2."""
    from openpls.config import MV, Config, Structure  # type: ignore[import-untyped]
    from openpls.mode import Mode  # type: ignore[import-untyped]
    from openpls.plspm import Plspm  # type: ignore[import-untyped]
    from openpls.scheme import Scheme  # type: ignore[import-untyped]

    structure = Structure()
    for source, target in MODEL.paths:
        structure.add_path([source], [target])
    config = Config(structure.path(), scaled=True)
    for construct in MODEL.constructs:
        config.add_lv(construct.name, Mode.A, *(MV(item) for item in construct.items))

    def fit(**bootstrap: object) -> Plspm:
        return Plspm(frame, config, Scheme.PATH, tolerance=TOLERANCE, **bootstrap)

    found = fit().path_coefficients()
    require_same_paths(frame, {(a, b): found.at[b, a] for a, b in MODEL.paths})
    return {
        "fit": Timed.of(fit, 1, 5),
        "draws": Timed.of(
            lambda: fit(bootstrap=True, bootstrap_iterations=OPENPLS_DRAWS, processes=1),
            OPENPLS_DRAWS,
            PEER_REPEATS,
        ),
    }


def bootstrap_table(ours: dict[str, Timed], peers: dict[str, dict[str, Timed]]) -> pd.DataFrame:
    """Seconds of the bootstrap, and how often ours would fit into the others'."""
    rows = [
        ("csat_models", "weights, loadings, paths, R2", ours["draws"]),
        ("csat_models", "the same, reliability, HTMT, total effects, index", ours["all"]),
        ("seminr", "weights, loadings, paths, total effects, HTMT", peers["seminr"]["draws"]),
        ("openpls-engine", "weights, loadings, paths, effects, R2", peers["openpls"]["draws"]),
    ]
    return pd.DataFrame(
        {
            "Package": [name for name, _, _ in rows],
            "Each draw has": [what for _, what, _ in rows],
            "Draws run": [f"{timed.draws:,}" for _, _, timed in rows],
            "Best (s)": [f"{timed.best:.2f}" for _, _, timed in rows],
            "Median (s)": [f"{timed.median:.2f}" for _, _, timed in rows],
            f"{N_BOOT:,} draws (s)": [f"{timed.scaled:.2f}" for _, _, timed in rows],
            "Ratio": [show_ratio(timed.scaled / ours["draws"].scaled) for _, _, timed in rows],
        }
    )


def fit_table(ours: dict[str, Timed], peers: dict[str, dict[str, Timed]]) -> pd.DataFrame:
    """Milliseconds of one fit from the data frame."""
    rows = {"csat_models": ours, "seminr": peers["seminr"], "openpls-engine": peers["openpls"]}
    return pd.DataFrame(
        {
            "Package": list(rows),
            "Best (ms)": [f"{1000 * timed['fit'].best:.1f}" for timed in rows.values()],
            "Median (ms)": [f"{1000 * timed['fit'].median:.1f}" for timed in rows.values()],
            "Ratio": [show_ratio(timed["fit"].best / ours["fit"].best) for timed in rows.values()],
        }
    )


NOTE = f"""Processor time, which on one idle core is the time on the clock: what else the machine
does and the second that openpls-engine's bootstrap waits between two looks for its result are not
in it.
Best of {REPEATS} runs of ours and of {PEER_REPEATS} of the others. The others drew fewer times: the
column of {N_BOOT:,} draws is their time by draw times {N_BOOT:,}. openpls-engine's bootstrap also
makes the point estimate. All three estimate the same paths (checked to 1e-5 before the
measurement); ours stops at a change of 1e-9, the others at 1e-7. A ratio is the package's time over
ours; below 1 it is faster."""


def show_ratio(ratio: float) -> str:
    """Return two digits of a small ratio, all whole ones of a large one."""
    return f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"


def main() -> None:
    """Measure and write ``engine.md``."""
    use_one_thread()
    frame = load_mobi()
    conditions = describe_conditions(
        "python benchmarks/bench_engine.py",
        ("csat_models", "seminr", "openpls-engine", "numpy", "scipy", "xarray", "pandas"),
    )
    ours = time_ours(frame)
    peers = {"seminr": time_seminr(frame), "openpls": time_openpls(frame)}
    parts = [f"{TASK}; path scheme; one core; {N_BOOT:,} bootstrap draws."]
    parts += ["## Bootstrap", markdown_table(bootstrap_table(ours, peers))]
    parts += ["## One fit", markdown_table(fit_table(ours, peers)), NOTE]
    write_report("engine", "The engine beside seminr and openpls-engine", conditions, parts)


if __name__ == "__main__":
    main()
