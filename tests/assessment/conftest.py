"""Populations whose assessment is known without a program."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import Moments, PathModel

CHAIN = "X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nZ =~ z1 + z2\nY ~ X\nZ ~ Y"
LOADINGS = {"X": (0.8, 0.7, 0.6), "Y": (0.8, 0.7, 0.5), "Z": (0.8, 0.7)}


@pytest.fixture(scope="session")
def chain() -> PathModel:
    """Three factors in a row."""
    return PathModel.parse(CHAIN)


@pytest.fixture(scope="session")
def factor_population(chain):
    """Moments that three factors imply exactly; misfit as asked.

    `extra` is a path from X to Z, `cross` a loading of x3 on Y, `residual` a
    correlation of x2 and x3 beyond X: none of them in the model.
    """

    def make(path: float = 0.6, extra: float = 0.0, n_obs: int = 300, **odd: float):
        b1, b2 = path, 0.5
        xz = b2 * b1 + extra
        phi = np.array([[1, b1, xz], [b1, 1, b2 + extra * b1], [xz, b2 + extra * b1, 1.0]])
        lam = np.zeros((8, 3))
        start = 0
        for j, values in enumerate(LOADINGS.values()):
            lam[start : start + len(values), j] = values
            start += len(values)
        lam[2, 1] = odd.get("cross", 0.0)
        corr = lam @ phi @ lam.T
        corr[[1, 2], [2, 1]] += odd.get("residual", 0.0)
        np.fill_diagonal(corr, 1.0)
        return Moments.from_table(items=chain.items, mean=np.full(8, 7.0), cov=corr, n_obs=n_obs)

    return make


@pytest.fixture(scope="session")
def draw_rows():
    """Rows whose population has the given moments."""

    def draw(moments: Moments, n: int, seed: int):
        import pandas as pd

        root = np.linalg.cholesky(moments.cov.to_numpy())
        noise = np.random.default_rng(seed).normal(size=(n, len(moments.items)))
        return pd.DataFrame(noise @ root.T + 7.0, columns=list(moments.items))

    return draw


@pytest.fixture(scope="session")
def heywood() -> tuple[PathModel, Moments]:
    """Items with positive definite correlations, of which PLSc implies indefinite ones."""
    model = PathModel.parse("A =~ a1 + a2\nB =~ b1 + b2\nC =~ c1 + c2\nB ~ A\nC ~ A + B")
    upper = [
        0.8,
        0.94,
        0.64,
        0.65,
        0.39,
        0.73,
        0.29,
        0.31,
        0.02,
        0.74,
        0.74,
        0.53,
        0.88,
        0.87,
        0.82,
    ]
    corr = np.eye(6)
    corr[np.triu_indices(6, k=1)] = upper
    corr = corr + corr.T - np.eye(6)
    moments = Moments.from_table(items=model.items, mean=np.full(6, 5.0), cov=corr, n_obs=100)
    return model, moments


CUSTOMERS = """
Q <~ q1 + q2 + q3
A =~ a1 + a2 + a3
B =~ b1 + b2
C =~ c1 + c2 + c3
S =~ s1
M =~ m1 + m2
A ~ Q
B ~ Q + A
C ~ A + B
S ~ C
"""


@pytest.fixture(scope="session")
def customers_model() -> PathModel:
    """A formative block, reflective ones of two and three items, a single item, a marker M."""
    return PathModel.parse(CUSTOMERS)


@pytest.fixture(scope="session")
def customers():
    """Answers whose truth is set: the same noise, whatever is asked for.

    `noise` of items, strength of every `path`, correlation `within` the formative block, weight of
    its `first` item, noise of the global item (`told`), a `method` that all answers share, a
    `cross` loading of a3 on B, a path from Q to S that the model has `left_out`, what c1 to c3
    have in common with a1 alone (`direct`), and the `spread` of all answers.
    """
    import pandas as pd

    truth = {"noise": 0.5, "path": 0.5, "within": 0.3, "first": 0.6, "told": 0.5, "method": 0.0}
    truth |= {"cross": 0.0, "left_out": 0.0, "direct": 0.0, "spread": 1.0}

    def draw(n: int = 240, seed: int = 3, **asked: float) -> pd.DataFrame:
        t = truth | asked
        e = iter(np.random.default_rng(seed).normal(size=(30, n)))
        common = next(e)
        q = [t["within"] ** 0.5 * common + (1 - t["within"]) ** 0.5 * next(e) for _ in range(3)]
        top = t["first"] * q[0] + 0.5 * q[1] + 0.5 * q[2]
        top = top / top.std()
        a = t["path"] * top + (1 - t["path"] ** 2) ** 0.5 * next(e)
        b = 0.6 * t["path"] * (top + a) + 0.7 * next(e)
        c = 0.6 * t["path"] * (a + b) + 0.7 * next(e)
        s = t["path"] * c + t["left_out"] * top + 0.7 * next(e)
        marker, method = next(e), t["method"] * next(e)
        found = dict(zip(("q1", "q2", "q3"), q, strict=True))
        own = {"a": a, "b": b, "c": c, "s": s, "m": marker}
        unique = {}
        for name, factor in own.items():
            for k in range(1, {"b": 2, "s": 1, "m": 2}.get(name, 3) + 1):
                unique[f"{name}{k}"] = t["noise"] * next(e)
                found[f"{name}{k}"] = factor + unique[f"{name}{k}"]
        found["a3"] = found["a3"] + t["cross"] * b
        for k in (1, 2, 3):
            found[f"c{k}"] = found[f"c{k}"] + t["direct"] * unique["a1"] / t["noise"]
        found["g"] = top + t["told"] * next(e)
        return 7.0 + t["spread"] * (pd.DataFrame(found).add(method, axis=0))

    return draw
