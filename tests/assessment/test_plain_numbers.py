"""Every criterion of the chapter once more: from rows, by loops and regressions.

Only the outer weights are taken from the estimates, which `make parity` compares with other
programs, and the deal of folds. All else is written down as the textbooks have it.
"""

from __future__ import annotations

from itertools import combinations
from math import exp, log, prod, sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from csat_models import PathModel, bootstrap, fit
from csat_models.assessment import assessment_table, plspredict
from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.estimation.draws.counts import row_counts

N_BOOT, N_FOLDS, SEED, MARKER = 39, 5, 7, "M"
# Weights are iterated to 1e-12; what follows are sums over 240 rows.
EXACT = 1e-8


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def correlation(x, y):
    return float(np.corrcoef(x, y)[0, 1])


def explained(y, *columns):
    """R2 and slopes of a least-squares regression with an intercept."""
    design = np.column_stack([np.ones(len(y)), *columns])
    slopes = np.linalg.lstsq(design, y, rcond=None)[0]
    left = y - design @ slopes
    return 1 - left @ left / ((y - y.mean()) @ (y - y.mean())), slopes[1:]


def inflation(y, *columns):
    return 1 / (1 - explained(y, *columns)[0])


def study_of(rows, model, weights):
    """Scores, loadings, paths: what the criteria are made of."""
    found = SimpleNamespace(n=len(rows), model=model)
    found.blocks = {c.name: list(c.items) for c in model.constructs}
    found.reflective = [c.name for c in model.constructs if c.mode == "A" and len(c.items) > 1]
    found.z = {i: ((rows[i] - rows[i].mean()) / rows[i].std()).to_numpy() for i in model.items}
    found.weights = weights
    found.scores = {
        name: sum(weights[i] * found.z[i] for i in items) for name, items in found.blocks.items()
    }
    found.before = {name: model.predecessors(name) for name in model.endogenous}
    found.owner = {i: name for name, items in found.blocks.items() for i in items}
    found.loadings = {i: correlation(found.z[i], found.scores[c]) for i, c in found.owner.items()}
    found.r2, found.paths = {}, {}
    for name, sources in found.before.items():
        columns = [found.scores[s] for s in sources]
        found.r2[name], slopes = explained(found.scores[name], *columns)
        found.paths |= {(s, name): b for s, b in zip(sources, slopes, strict=True)}
    return found


def by_block(number):
    def values(s):
        return {(name, ""): number(s, s.blocks[name]) for name in s.reflective}

    return values


def alpha(s, items):
    k, total = len(items), sum(s.z[i] for i in items)
    return k / (k - 1) * (1 - k / total.var(ddof=1))


def rho_a(s, items):
    w = [s.weights[i] for i in items]
    r = [[correlation(s.z[i], s.z[j]) for j in items] for i in items]
    pairs = [(i, j) for i in range(len(w)) for j in range(len(w)) if i != j]
    above = sum(w[i] * w[j] * r[i][j] for i, j in pairs)
    below = sum(w[i] * w[j] * w[i] * w[j] for i, j in pairs)
    return sum(x * x for x in w) ** 2 * above / below


def rho_c(s, items):
    common = sum(s.loadings[i] for i in items) ** 2
    return common / (common + sum(1 - s.loadings[i] ** 2 for i in items))


def ave(s, items):
    return mean(s.loadings[i] ** 2 for i in items)


def item_reliability(s):
    return {(s.owner[i], i): s.loadings[i] ** 2 for c in s.reflective for i in s.blocks[c]}


def cross_margin(s):
    return {
        (c, i): abs(s.loadings[i])
        - max(abs(correlation(s.z[i], s.scores[o])) for o in s.blocks if o != c)
        for c in s.reflective
        for i in s.blocks[c]
    }


def fornell(s):
    return {
        (c, ""): sqrt(ave(s, s.blocks[c]))
        - max(abs(correlation(s.scores[c], s.scores[o])) for o in s.blocks if o != c)
        for c in s.reflective
    }


def ratio(s, one, other, average):
    between = average(
        abs(correlation(s.z[i], s.z[j])) for i in s.blocks[one] for j in s.blocks[other]
    )
    within = [
        average(abs(correlation(s.z[i], s.z[j])) for i, j in combinations(s.blocks[c], 2))
        if len(s.blocks[c]) > 1
        else 1.0
        for c in (one, other)
    ]
    return between / sqrt(within[0] * within[1])


def geometric(values):
    values = list(values)
    return exp(log(prod(values)) / len(values))


def ratios(average):
    def values(s):
        names = [c for c in s.blocks if c != "Q"]
        return {(a, b): ratio(s, a, b, average) for a, b in combinations(names, 2)}

    return values


def item_inflation(s):
    return {
        ("Q", i): inflation(s.z[i], *(s.z[j] for j in s.blocks["Q"] if j != i))
        for i in s.blocks["Q"]
    }


def redundancy(s):
    return {("Q", ""): sqrt(explained(s.rows["g"].to_numpy(), *(s.z[i] for i in s.blocks["Q"]))[0])}


def full_inflation(s):
    return {
        (c, ""): inflation(y, *(s.scores[o] for o in s.scores if o != c))
        for c, y in s.scores.items()
        if c != MARKER
    }


def less_marker(s):
    own = [c for c in s.scores if c != MARKER]
    share = min(abs(correlation(s.scores[c], s.scores[MARKER])) for c in own)
    return {
        (a, b): (correlation(s.scores[a], s.scores[b]) - share) / (1 - share) for a, b in s.paths
    }


def with_marker(s):
    wider = s.model.to_text() + "".join(f"{c} ~ {MARKER}\n" for c in s.blocks if c != MARKER)
    again = again_from(s.rows, PathModel.parse(wider))
    return {pair: again.paths[pair] for pair in s.paths}


def inner_inflation(s):
    found = {}
    for target, sources in s.before.items():
        for one in sources:
            others = [s.scores[o] for o in sources if o != one]
            found[one, target] = inflation(s.scores[one], *others) if others else 1.0
    return found


def f2(s):
    found = {}
    for target, sources in s.before.items():
        for one in sources:
            others = [s.scores[o] for o in sources if o != one]
            without = explained(s.scores[target], *others)[0] if others else 0.0
            found[one, target] = (s.r2[target] - without) / (1 - s.r2[target])
    return found


def adjusted(s):
    return {
        (c, ""): 1 - (1 - r) * (s.n - 1) / (s.n - len(s.before[c]) - 1) for c, r in s.r2.items()
    }


def gof(s):
    several = [i for items in s.blocks.values() if len(items) > 1 for i in items]
    return {("", ""): sqrt(mean(s.loadings[i] ** 2 for i in several) * mean(s.r2.values()))}


SATURATED = "A ~ Q\nB ~ Q + A\nC ~ Q + A + B\nS ~ Q + A + B + C\n"


def information(formula):
    def values(s):
        measured = "".join(
            line + "\n" for line in s.model.to_text().splitlines() if "=~" in line or "<~" in line
        )
        widest = again_from(s.rows, PathModel.parse(measured + SATURATED))
        found = {}
        for c, r in s.r2.items():
            left = s.scores[c] - sum(s.paths[b, c] * s.scores[b] for b in s.before[c])
            k, sse = len(s.before[c]) + 1, float(left @ left)
            found[c, ""] = formula(sse, s.n, k, 1 - widest.r2[c])
            assert 0 < r < 1
        return found

    return values


INFORMATION = {
    "aic": lambda sse, n, k, _: n * log(sse / n) + 2 * k,
    "aicu": lambda sse, n, k, _: n * log(sse / (n - k)) + 2 * k,
    "aicc": lambda sse, n, k, _: n * (log(sse / n) + (n + k) / (n - k - 2)),
    "bic": lambda sse, n, k, _: n * log(sse / n) + k * log(n),
    "hq": lambda sse, n, k, _: n * log(sse / n) + 2 * k * log(log(n)),
    "hqc": lambda sse, n, k, _: n * log(sse / n) + 2 * n * k * log(log(n)) / (n - k - 2),
    "fpe": lambda sse, n, k, _: sse / (n - k) * (1 + k / n),
    "gm": lambda sse, n, k, m: sse / m + k * log(n),
    "cp": lambda sse, n, k, m: sse / m - (n - 2 * k),
}


def implied(s, structure):
    """Composites imply the correlations between blocks, through those of the constructs."""
    names = list(s.blocks)
    phi = {(a, b): correlation(s.scores[a], s.scores[b]) for a in names for b in names}
    if structure == "estimated":
        for target in [c for c in names if c in s.before]:  # each after its predecessors
            for other in names[: names.index(target)]:
                value = sum(s.paths[b, target] * phi[b, other] for b in s.before[target])
                phi[target, other] = phi[other, target] = value
            if target != MARKER:
                value = sum(s.paths[b, target] * phi[b, MARKER] for b in s.before[target])
                phi[target, MARKER] = phi[MARKER, target] = value
    items = list(s.owner)
    found = np.eye(len(items))
    for (k, i), (m, j) in combinations(enumerate(items), 2):
        a, b = s.owner[i], s.owner[j]
        value = correlation(s.z[i], s.z[j]) if a == b else s.loadings[i] * phi[a, b] * s.loadings[j]
        found[k, m] = found[m, k] = value
    return found


def distances(s, structure):
    sample = np.corrcoef([s.z[i] for i in s.owner])
    model, size = implied(s, structure), len(s.owner)
    squares = [(sample[k, m] - model[k, m]) ** 2 for k in range(size) for m in range(k + 1)]
    roots = np.linalg.eigvals(np.linalg.solve(sample, model)).real
    return {
        "srmr": sqrt(sum(squares) / (size * (size + 1) / 2)),
        "d_uls": 0.5 * ((sample - model) ** 2).sum(),
        "d_g": 0.5 * sum(log(root) ** 2 for root in roots),
    }


def distance(name):
    return lambda s: {("", at): distances(s, at)[name] for at in ("estimated", "saturated")}


def power(matrix, exponent):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(values**exponent) @ vectors.T


def exact_fit(s):
    """Rows turned so that the model holds, drawn again and fitted: the value and its p."""
    found = {}
    items = list(s.model.items)
    counts = row_counts(s.n, N_BOOT, np.random.default_rng(SEED))
    standardised = np.column_stack([s.z[i] for i in items])
    for at in ("estimated", "saturated"):
        turned = (
            standardised @ power(np.corrcoef(standardised.T), -0.5) @ power(implied(s, at), 0.5)
        )
        frame = pd.DataFrame(turned, columns=items)
        drawn = [
            distances(again_from(frame.loc[np.repeat(frame.index, each)], s.model), at)
            for each in counts
        ]
        for name, value in distances(s, at).items():
            beyond = sum(each[name] >= value for each in drawn)
            found[name, at] = value, (1 + beyond) / (1 + N_BOOT)
    return found


def again_from(rows, model):
    point = fit(rows.reset_index(drop=True), model, tolerance=1e-12)
    found = study_of(rows.reset_index(drop=True), model, point.weights.to_series().to_dict())
    found.rows = rows
    return found


def predictions(s):
    """Squared and absolute errors (row, item) of model, linear model and mean, fold by fold."""
    items = [i for c in s.before for i in s.blocks[c]]
    errors = {p: {i: np.zeros(s.n) for i in items} for p in ("model", "linear_model", "mean")}
    for fold in range(N_FOLDS):
        out = s.folds == fold
        train, test = s.rows[~out], s.rows[out]
        inner = again_from(train, s.model)
        centre, spread = train[list(s.owner)].mean(), train[list(s.owner)].std()
        z = (test[list(s.owner)] - centre) / spread
        for target, sources in s.before.items():
            score = sum(
                inner.paths[b, target] * sum(inner.weights[i] * z[i] for i in s.blocks[b])
                for b in sources
            )
            given = [i for b in sources for i in s.blocks[b]]
            design = np.column_stack([np.ones(len(train)), train[given]])
            for item in s.blocks[target]:
                slopes = np.linalg.lstsq(design, train[item], rcond=None)[0]
                plain = np.column_stack([np.ones(len(test)), test[given]]) @ slopes
                guess = centre[item] + spread[item] * inner.loadings[item] * score
                errors["model"][item][out] = test[item] - guess
                errors["linear_model"][item][out] = test[item] - plain
                errors["mean"][item][out] = test[item] - centre[item]
    return errors


def error_of(kind, predictor):
    size = {"rmse": lambda e: sqrt(mean(e**2)), "mae": lambda e: mean(abs(e))}[kind]
    return lambda s: {(s.owner[i], i): size(e) for i, e in s.errors[predictor].items()}


def q2(benchmark):
    def values(s):
        return {
            (s.owner[i], i): 1 - sum(e**2) / sum(s.errors[benchmark][i] ** 2)
            for i, e in s.errors["model"].items()
        }

    return values


def share_below_linear(s):
    ours, theirs = s.errors["model"], s.errors["linear_model"]
    return {("", ""): mean(sum(ours[i] ** 2) < sum(theirs[i] ** 2) for i in ours)}


def paired_test(benchmark):
    def values(s):
        found = {}
        for name in (*s.before, "overall"):
            items = [i for i in s.errors["model"] if name in (s.owner[i], "overall")]
            gain = sum(s.errors[benchmark][i] ** 2 - s.errors["model"][i] ** 2 for i in items)
            gain = gain / len(items)
            found[name, ""] = gain.mean(), stats.ttest_1samp(gain, 0.0).pvalue
        return found

    return values


PLAIN = {
    "cronbach_alpha": by_block(alpha),
    "rho_a": by_block(rho_a),
    "composite_reliability": by_block(rho_c),
    "average_variance_extracted": by_block(ave),
    "indicator_reliability": item_reliability,
    "cross_loading_margin": cross_margin,
    "fornell_larcker_margin": fornell,
    "htmt": ratios(mean),
    "htmt2": ratios(geometric),
    "indicator_vif": item_inflation,
    "outer_weight": lambda s: {("Q", i): s.weights[i] for i in s.blocks["Q"]},
    "redundancy": redundancy,
    "full_collinearity_vif": full_inflation,
    "marker_adjusted_correlation": less_marker,
    "marker_controlled_path": with_marker,
    "inner_vif": inner_inflation,
    "r_squared": lambda s: {(c, ""): r for c, r in s.r2.items()},
    "adjusted_r_squared": adjusted,
    "effect_size": f2,
    "goodness_of_fit": gof,
    **{name: information(formula) for name, formula in INFORMATION.items()},
    "admissibility": lambda _s: {("", ""): 1.0},
    "srmr": distance("srmr"),
    "d_uls": distance("d_uls"),
    "d_g": distance("d_g"),
    "exact_fit": exact_fit,
    "q2_predict_mean": q2("mean"),
    "q2_predict_linear_model": q2("linear_model"),
    **{
        f"{kind}_{predictor}": error_of(kind, predictor)
        for kind in ("rmse", "mae")
        for predictor in ("model", "linear_model", "mean")
    },
    "predictive_power": share_below_linear,
    "cvpat_mean": paired_test("mean"),
    "cvpat_linear_model": paired_test("linear_model"),
}


@pytest.fixture(scope="module")
def chapter(customers, customers_model):
    rows = customers()
    point = fit(rows, customers_model, tolerance=1e-12)
    prediction = plspredict(point, rows, n_folds=N_FOLDS, repetitions=1, seed=SEED)
    table = assessment_table(
        point,
        bootstrap(rows, customers_model, n_boot=N_BOOT, seed=SEED, point=point),
        data=rows,
        prediction=prediction,
        marker=MARKER,
        global_items={"Q": "g"},
        seed=SEED,
    )
    plain = again_from(rows, customers_model)
    plain.folds = prediction.folds[0]
    plain.errors = predictions(plain)
    return table, plain


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_the_table_s_values_are_those_of_the_rows(name, chapter):
    table, plain = chapter
    expected = PLAIN[name](plain)
    found = table[(table["criterion"] == name) & table["value"].notna()]
    second = found["construct_2"].where(found["construct_2"] != "", found["item"])
    labels = list(zip(found["construct"], second, strict=True))
    assert set(labels) == set(expected)
    for label, row in zip(labels, found.to_dict("records"), strict=True):
        wanted = expected[label]
        if isinstance(wanted, tuple):
            wanted, p = wanted
            assert row["p_value"] == pytest.approx(p, rel=EXACT), label
        assert row["value"] == pytest.approx(wanted, rel=EXACT, abs=EXACT), label


def drawn_rows(plain):
    for each in row_counts(plain.n, N_BOOT, np.random.default_rng(SEED)):
        yield plain.rows.loc[np.repeat(plain.rows.index, each)]


@pytest.mark.parametrize(("name", "average"), [("htmt", mean), ("htmt2", geometric)])
def test_ratios_are_judged_by_the_quantile_of_the_draws(name, average, chapter):
    table, plain = chapter
    model = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A")
    drawn = [ratio(again_from(rows, model), "A", "B", average) for rows in drawn_rows(plain)]
    found = table[(table["criterion"] == name) & (table["construct"] == "A")]
    found = found[found["construct_2"] == "B"]
    assert found["threshold"].tolist() == [0.85, 0.90, 1.0]
    upper = np.quantile(drawn, 0.95)
    np.testing.assert_allclose(found["upper"], upper, atol=EXACT)
    assert np.isneginf(found["lower"]).all()
    assert found["verdict"].tolist() == ["pass" if upper < t else "fail" for t in (0.85, 0.90, 1.0)]


def test_a_weight_s_p_value_is_where_its_interval_reaches_0(chapter):
    """The p-value is below .05 exactly where the 95 % interval leaves 0 out."""
    table, plain = chapter
    point = plain.weights
    fitted = [again_from(rows, plain.model) for rows in drawn_rows(plain)]
    found = table[table["criterion"] == "outer_weight"].set_index("item")
    for item in plain.blocks["Q"]:
        drawn = np.array([each.weights[item] for each in fitted])
        low, high = np.quantile(drawn, [0.025, 0.975])
        assert found.at[item, "lower"] == pytest.approx(low, abs=1e-6)  # draws iterate to 1e-9
        assert found.at[item, "upper"] == pytest.approx(high, abs=1e-6)
        verdict = "pass" if low * high > 0 else "caution" if plain.loadings[item] >= 0.5 else "fail"
        assert found.at[item, "verdict"] == verdict
        assert (found.at[item, "p_value"] < 0.05) == (low * high > 0)
        assert point[item] > 0
