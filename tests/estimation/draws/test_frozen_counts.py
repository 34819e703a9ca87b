"""Counts of a seed: frozen for every way of drawing, and the same on one core and on two."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from csat_models.estimation.draws.counts import person_counts, row_counts
from csat_models.estimation.draws.designs import Design
from csat_models.estimation.draws.permutation import permutation_labels
from csat_models.estimation.draws.plan import Resample

SEED = 2024
ROWS = pd.DataFrame(
    {
        "x": [1.0, 4.0, 2.0, 8.0, 5.0, 7.0],
        "who": ["P1", "P2", "P3", "P1", "P4", "P5"],
        "area": list("aaabbb"),
        "village": ["u", "u", "v", "w", "y", "z"],
    }
)

# Changing one of these changes every study's intervals: the draws of earlier waves, kept by
# their hash, would no longer go with those of later ones.
FROZEN = {
    "rows": [[1, 4, 0, 0, 1, 0], [2, 0, 0, 0, 1, 3], [2, 1, 1, 0, 0, 2]],
    "persons": [[2, 2, 0, 2, 1, 2], [2, 1, 1, 2, 1, 3], [1, 1, 0, 1, 1, 1]],
    "clusters": [
        [1.25, 1.25, 0.0, 1.25, 2.5, 0.0],
        [3.75, 3.75, 0.0, 0.0, 0.0, 1.25],
        [0.0, 0.0, 0.0, 1.25, 2.5, 1.25],
    ],
    "strata": [
        [2.0, 2.0, 0.0, 1.5, 1.5, 0.0],
        [0.0, 0.0, 2.0, 0.0, 0.0, 3.0],
        [0.0, 0.0, 2.0, 0.0, 1.5, 1.5],
    ],
    "strata of persons": [
        [1.5, 0.0, 1.5, 0.0, 0.0, 3.0],
        [0.0, 3.0, 0.0, 0.0, 1.5, 1.5],
        [3.0, 0.0, 0.0, 0.0, 1.5, 1.5],
    ],
}
WAYS = {
    "rows": {},
    "persons": {"persons": "who"},
    "clusters": {"clusters": "village"},
    "strata": {"strata": "area", "clusters": "village"},
    "strata of persons": {"strata": "area", "persons": "who"},
}


def counts_of(way: dict[str, str], n_boot: int = 3) -> np.ndarray:
    plan = Resample.of(ROWS, n_boot=n_boot, seed=SEED, items=["x"], **way)
    ((_cell, _rows, counts),) = plan.cells
    return np.asarray(counts)


@pytest.mark.parametrize("way", WAYS)
def test_counts_of_a_seed_are_frozen(way):
    np.testing.assert_allclose(counts_of(WAYS[way]), FROZEN[way], rtol=1e-15)


def test_permutations_of_a_seed_are_frozen():
    labels, strata = np.array([0, 0, 1, 1, 0, 1]), np.array([0, 0, 0, 1, 1, 1])
    shuffled = permutation_labels(labels, 3, np.random.default_rng(SEED), strata)
    assert shuffled.tolist() == [[0, 1, 0, 1, 0, 1], [1, 0, 0, 1, 0, 1], [1, 0, 0, 1, 0, 1]]


def test_another_seed_has_other_counts():
    generator = [np.random.default_rng(seed) for seed in (SEED, SEED + 1)]
    assert (row_counts(9, 4, generator[0]) != row_counts(9, 4, generator[1])).any()
    assert (person_counts("abc", 9, SEED) != person_counts("abc", 9, SEED + 1)).any()
    design = Design.of(ROWS, strata="area", clusters="village")
    draws = [design.counts(9, np.random.default_rng(seed)) for seed in (SEED, SEED + 1)]
    assert (draws[0] != draws[1]).any()


SCRIPT = """
import hashlib, os, sys
sys.path.insert(0, sys.argv[1])
cores = sorted(os.sched_getaffinity(0))[: int(sys.argv[2])]
os.sched_setaffinity(0, cores)
import numpy as np, pandas as pd
from csat_models import bootstrap_moments, permute_groups
from test_frozen_counts import ROWS, WAYS, counts_of
digest = hashlib.sha256()
generator = np.random.default_rng(5)
table = pd.DataFrame(generator.normal(size=(400, 12)), columns=[f"i{k}" for k in range(12)])
table["who"] = [f"p{k % 300}" for k in range(400)]
table["area"] = np.arange(400) % 7
table["village"] = np.arange(400) % 91
items = [f"i{k}" for k in range(12)]
for way in WAYS.values():
    digest.update(np.ascontiguousarray(counts_of(way)).tobytes())
    found = bootstrap_moments(table, n_boot=200, seed=3, items=items, **way)
    digest.update(found.mean.to_numpy().tobytes() + found.cov.to_numpy().tobytes())
holes = table.mask(generator.random(table.shape) < 0.02, other=np.nan)[items]
for missing in ("mean", "pairwise", "em"):
    found = bootstrap_moments(holes, n_boot=20, seed=3, missing=missing)
    digest.update(found.cov.to_numpy().tobytes())
moved = permute_groups(table, group="area", n_permutations=9, seed=1, items=items)
digest.update(moved.cov.to_numpy().tobytes())
print(digest.hexdigest())
"""


def test_draws_are_the_same_on_one_core_and_on_two():
    """To the last bit: counts, and the moments that are made of them."""
    here = os.path.dirname(os.path.abspath(__file__))
    digests = set()
    for cores in ("1", "2"):
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), cores)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, here, cores],
            env=os.environ | threads,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1
