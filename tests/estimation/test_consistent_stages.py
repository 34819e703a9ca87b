"""Consistent PLS in two stages: populations, other programs, batches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import (
    Moments,
    PathModel,
    bootstrap,
    bootstrap_moments,
    fit,
    product_coefficients,
    satisfaction_index,
    scores,
    simple_slopes,
)
from csat_models.errors import InadmissibleError, ModelError
from csat_models.estimation import Settings, Violation, fit_moments
from csat_models.estimation.consistent import rho_a
from csat_models.estimation.dimensions import first_stage_model
from csat_models.estimation.products import add_product_items
from csat_models.estimation.products import first_stage_model as without_products

# Populations are exact; weights are iterated to 1e-13.
EXACT = 1e-9
# Both programs iterate to 1e-12 or less; a ratio of reliabilities loses a digit.
PARITY = 1e-9
# The same arithmetic in another order.
ROUNDING = 1e-9

FACTOR_LOADINGS = {
    "X": (0.9, 0.8, 0.7),
    "A": (0.5, 0.6, 0.7),
    "B": (0.9, 0.95, 0.85),
    "C": (0.7, 0.65, 0.6),
    "Y": (0.8, 0.7, 0.9),
}
HIGHER = """
H {} A + B + C
X =~ x0 + x1 + x2; A =~ a0 + a1 + a2; B =~ b0 + b1 + b2; C =~ c0 + c1 + c2
Y =~ y0 + y1 + y2
H ~ X
Y ~ H
"""


def higher_population(*, made: bool, path: float = 0.5) -> tuple[Moments, np.ndarray]:
    """X -> H -> Y with paths `path` and .6; H shows in A, B, C, or is made of them."""
    if made:
        weights = np.array([0.5, 0.3, 0.5])
        inner = np.array([[1, 0.3, 0.2], [0.3, 1, 0.4], [0.2, 0.4, 1]])
        load = inner @ weights / np.sqrt(weights @ inner @ weights)
    else:
        load = np.array([0.8, 0.7, 0.6])
        inner = np.outer(load, load) + np.diag(1 - load**2)
    corr = np.eye(5)
    corr[1:4, 1:4] = inner
    corr[0, 1:4] = corr[1:4, 0] = path * load
    corr[4, 1:4] = corr[1:4, 4] = 0.6 * load
    corr[0, 4] = corr[4, 0] = path * 0.6
    spread = np.kron(np.eye(5), np.ones((3, 1))) * np.concatenate(
        [FACTOR_LOADINGS[name] for name in "XABCY"]
    ).reshape(-1, 1)
    cov = spread @ corr @ spread.T
    np.fill_diagonal(cov, 1.0)
    items = [f"{name}{k}" for name in "xabcy" for k in range(3)]
    return Moments.from_table(items=items, mean=np.full(15, 5.0), cov=cov, n_obs=999), load


@pytest.mark.parametrize("path", [0.5, 0.2])
@pytest.mark.parametrize("operator", ["=~", "<~"])
def test_a_construct_of_factors_is_recovered(operator, path):
    """Unequally reliable dimensions, which correct correlations of weighted scores do not bear."""
    moments, load = higher_population(made=operator == "<~", path=path)
    found = fit(moments, PathModel.parse(HIGHER.format(operator)), method="plsc", tolerance=1e-13)
    assert found.admissible
    assert found.paths.sel(source="X", target="H").item() == pytest.approx(path, abs=EXACT)
    assert found.paths.sel(source="H", target="Y").item() == pytest.approx(0.6, abs=EXACT)
    assert found.r_squared.sel(construct="H").item() == pytest.approx(path**2, abs=EXACT)
    np.testing.assert_allclose(found.loadings.sel(item=list("ABC")), load, atol=EXACT)
    for name, loadings in FACTOR_LOADINGS.items():
        items = [f"{name.lower()}{k}" for k in range(3)]
        np.testing.assert_allclose(found.loadings.sel(item=items), loadings, atol=EXACT)
    corr = found.construct_corr
    np.testing.assert_allclose(corr.sel(construct=list("ABC"), construct_2="H"), load, atol=EXACT)
    between = corr.sel(construct="X", construct_2=list("ABC"))
    np.testing.assert_allclose(between, path * load, atol=EXACT)
    np.testing.assert_allclose(np.diagonal(corr), 1.0, atol=EXACT)


@pytest.mark.parametrize("operator", ["=~", "<~"])
def test_weights_and_indices_are_those_of_scores_as_they_are(operator):
    moments, _ = higher_population(made=True)
    model = PathModel.parse(HIGHER.format(operator))
    plain, corrected = fit(moments, model), fit(moments, model, method="plsc")
    np.testing.assert_allclose(corrected.weights, plain.weights, atol=1e-6)
    np.testing.assert_allclose(satisfaction_index(corrected), satisfaction_index(plain), atol=1e-5)
    gap = corrected.paths - plain.paths
    assert gap.sel(source="X", target="H") > 0.02


def on_other_scales(moments: Moments) -> Moments:
    """Items of other standard deviations; products of items follow."""
    base = [item for item in moments.items if ":" not in item]
    size = dict(zip(base, np.linspace(0.5, 3.0, len(base)), strict=True))
    scale = np.array([np.prod([size[part] for part in item.split(":")]) for item in moments.items])
    return Moments.from_table(
        items=moments.items,
        mean=moments.mean.to_numpy() * scale,
        cov=moments.cov.to_numpy() * np.outer(scale, scale),
        n_obs=10**9,
    )


@pytest.mark.parametrize("operator", ["=~", "<~"])
def test_populations_are_recovered_from_items_as_they_are(operator):
    moments, load = higher_population(made=operator == "<~")
    how = {"method": "plsc", "standardised": False, "tolerance": 1e-13}
    found = fit(on_other_scales(moments), PathModel.parse(HIGHER.format(operator)), **how)
    assert found.paths.sel(source="X", target="H").item() == pytest.approx(0.5, abs=EXACT)
    assert found.paths.sel(source="H", target="Y").item() == pytest.approx(0.6, abs=EXACT)
    np.testing.assert_allclose(found.loadings.sel(item=list("ABC")), load, atol=EXACT)
    np.testing.assert_allclose(np.diagonal(found.construct_corr), 1.0, atol=EXACT)
    bent, model = normal_population({"A:B": 0.15, "A:A": -0.1})
    curved = fit(on_other_scales(bent), model, **how)
    slopes = product_coefficients(curved).sel(target="Y", source=["A:B", "A:A"])
    np.testing.assert_allclose(slopes, [0.15, -0.1], atol=EXACT)


def seminr_higher_order(mobi: pd.DataFrame):
    import seminr

    measurement = seminr.constructs(
        seminr.reflective("Image", seminr.multi_items("IMAG", range(1, 6))),
        seminr.reflective("Value", seminr.multi_items("PERV", range(1, 3))),
        seminr.reflective("Expectation", seminr.multi_items("CUEX", range(1, 4))),
        seminr.reflective("Loyalty", seminr.multi_items("CUSL", range(1, 4))),
        seminr.higher_composite("Satisfaction", ["Image", "Value"], weights=seminr.mode_A),
    )
    structure = seminr.relationships(
        seminr.paths("Expectation", "Satisfaction"), seminr.paths("Satisfaction", "Loyalty")
    )
    return seminr.estimate_pls(mobi, measurement, structure, stop_criterion=12)


SMALL = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Value =~ PERV1 + PERV2
Expectation =~ CUEX1 + CUEX2 + CUEX3
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Satisfaction =~ Image + Value
Satisfaction ~ Expectation
Loyalty ~ Satisfaction
"""


def test_mode_a_equals_seminr_live(mobi):
    theirs = seminr_higher_order(mobi)
    ours = fit(mobi, PathModel.parse(SMALL), method="plsc", tolerance=1e-12, on_inadmissible="keep")
    for source, target in (("Expectation", "Satisfaction"), ("Satisfaction", "Loyalty")):
        found = ours.paths.sel(source=source, target=target).item()
        # seminr stops at a sum of changes of 1e-12.
        assert found == pytest.approx(theirs.path_coef.get(source, target), abs=1e-8)
        share = ours.r_squared.sel(construct=target).item()
        assert share == pytest.approx(theirs.r_squared.get("Rsq", target), abs=1e-8)


CSEM = """
Expectation  =~ CUEX1 + CUEX2 + CUEX3
Quality      =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Value        =~ PERV1 + PERV2
Complaints   =~ CUSCO
Loyalty      =~ CUSL1 + CUSL2 + CUSL3
"""


def csem_stages(mobi, *, correct: bool, mode: str):
    """Everything a neighbour in the first stage; in the second, scores for single items."""
    names = ["Expectation", "Quality", "Image", "Value", "Complaints", "Loyalty"]
    paths = [f"{b} ~ {a}" for i, b in enumerate(names) for a in names[:i]]
    first = fit(mobi, PathModel.parse("\n".join([CSEM, *paths])), tolerance=1e-12)
    reliable = np.ones(6)
    if correct:
        found = rho_a(first.weights.to_numpy(), first.model.membership)
        reliable = np.where(np.arange(6) == 4, 1.0, found)  # Complaints has one item
    labels = [f"s_{name}" for name in names]
    moments = Moments.from_table(
        items=labels, mean=np.zeros(6), cov=first.construct_corr.to_numpy(), n_obs=250
    )
    text = "\n".join(
        [f"{name} =~ s_{name}" for name in names if name not in {"Image", "Value"}]
        + ["Satisfaction =~ s_Image + s_Value", "Satisfaction ~ Expectation + Quality"]
        + ["Complaints ~ Satisfaction", "Loyalty ~ Satisfaction"]
    )
    second = fit(moments, PathModel.parse(text, modes={"Satisfaction": mode}), tolerance=1e-12)
    own = dict(zip(names, reliable, strict=True))
    weights = second.weights.to_numpy()
    above = rho_a(weights, second.model.membership)
    position = second.model.construct_names.index("Satisfaction")
    own["Satisfaction"] = above[position] if mode == "A" else 1.0
    root = np.sqrt([own[name] for name in second.model.construct_names])
    return first, second, second.construct_corr / root[:, None] / root[None, :], own


@pytest.mark.parametrize(
    ("case", "correct", "mode"),
    [
        ("hoc_2stage_modeA", False, "A"),
        ("hoc_2stage_modeB", False, "B"),
        ("hoc_2stage_cf_of_cf_plsc", True, "A"),
    ],
)
def test_csem_by_its_convention(mobi, oracle, case, correct, mode):
    """Its numbers, from our fits to the two models that it fits."""
    expected = oracle("csem_extensions")["extensions"][case]
    first, second, corr, own = csem_stages(mobi, correct=correct, mode=mode)
    drivers = ["Expectation", "Quality"]
    inner = corr.sel(construct=drivers, construct_2=drivers).to_numpy()
    np.fill_diagonal(inner, 1.0)
    right = corr.sel(construct=drivers, construct_2="Satisfaction").to_numpy()
    slopes = np.linalg.solve(inner, right)
    for name, value in zip(drivers, slopes, strict=True):
        assert value == pytest.approx(expected["paths"][f"{name}->Satisfaction"], abs=PARITY)
    for target in ("Complaints", "Loyalty"):
        value = corr.sel(construct="Satisfaction", construct_2=target).item()
        assert value == pytest.approx(expected["paths"][f"Satisfaction->{target}"], abs=PARITY)
    for arrow, value in expected.get("W_first_stage", {}).items():
        item = arrow.split("->")[0]
        assert first.weights.sel(item=item).item() == pytest.approx(value, abs=PARITY)
    if correct:
        weights = second.weights.sel(item=["s_Image", "s_Value"]).to_numpy()
        loadings = weights * np.sqrt(own["Satisfaction"]) / (weights @ weights)
        for name, loading in zip(("Image", "Value"), loadings, strict=True):
            found = loading / np.sqrt(own[name])
            value = expected["L_second_stage"][f"{name}->Satisfaction"]
            assert found == pytest.approx(value, abs=PARITY)


@pytest.mark.parametrize("operator", ["=~", "<~"])
def test_a_batch_equals_a_loop(mobi, operator):
    text = SMALL.replace("Satisfaction =~", f"Satisfaction {operator}")
    model = PathModel.parse(text)
    how = {"method": "plsc", "on_inadmissible": "keep"}
    point = fit(mobi, model, **how)
    draws = bootstrap(mobi, model, n_boot=6, seed=3, point=point, max_failed_share=1.0)
    moments = bootstrap_moments(mobi, items=model.items, n_boot=6, seed=3)
    for draw in range(6):
        alone = fit_moments(moments.sel(draw=draw), model, point.settings, orientation=point)
        for name in ("weights", "loadings", "paths", "construct_corr", "r_squared", "violation"):
            one = getattr(draws, name).sel(draw=draw)
            np.testing.assert_allclose(one, getattr(alone, name), atol=ROUNDING)


def test_an_inadmissible_dimension_is_named():
    """Items of B that hardly correlate: no reliability."""
    moments, _ = higher_population(made=False)
    cov, block = moments.cov.copy(), ["b0", "b1", "b2"]
    cov.loc[{"item": block}] *= 0.3
    cov.loc[{"item_2": block}] *= 0.3
    cov.loc[{"item": block, "item_2": block}] = np.where(np.eye(3) > 0, 1.0, -0.1)
    broken = Moments.from_table(mean=moments.mean, cov=cov, n_obs=moments.n_obs)
    model = PathModel.parse(HIGHER.format("=~"))
    with pytest.raises(InadmissibleError, match="rho_A of construct 'B' is -") as caught:
        fit(broken, model, method="plsc")
    assert caught.value.facts == {"rule": "reliability", "construct": "B"}
    kept = fit(broken, model, method="plsc", on_inadmissible="keep")
    assert kept.violation == Violation.RELIABILITY
    assert kept.paths.isnull().all()
    assert kept.weights.notnull().all()


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"higher_order": "embedded_two_stage"}, "repeats the item 'a0' and with it"),
        ({"higher_order": "repeated_indicators"}, "use method='pls', or higher_order='two_stage'"),
    ],
)
def test_shared_errors_are_refused_in_one_sentence(how, sentence):
    moments, _ = higher_population(made=False)
    with pytest.raises(ModelError, match=sentence) as caught:
        fit(moments, PathModel.parse(HIGHER.format("=~")), method="plsc", **how)
    assert "\n" not in str(caught.value)


INTERACTION = """
A =~ a0 + a1 + a2; B =~ b0 + b1; Y =~ y0 + y1 + y2
Y ~ A + B + A:B
"""
CURVE = INTERACTION + "Y ~ A:A"


def normal_population(bends: dict[str, float], phi: float = 0.3) -> tuple[Moments, PathModel]:
    """Normal factors A and B with .4 A + .3 B + bends in Y, and moments of products of items.

    Of normal x, cov(x_i x_j, x_k x_l) = s_ik s_jl + s_il s_jk and cov(x_i x_j, x_k) = 0 for
    deviations from means 0.
    """
    model = PathModel.parse(CURVE if "A:A" in bends else INTERACTION)
    lam = {"a": [0.9, 0.7, 0.6], "b": [0.8, 0.75], "y": [0.8, 0.85, 0.7]}
    factor = np.array([[1, phi], [phi, 1.0]])
    number = {"A": 0, "B": 1}
    linear = np.array([0.4, 0.3])
    pairs = {name: [number[f] for f in name.split(":")] for name in bends}

    def both(p, q):
        return factor[p[0], q[0]] * factor[p[1], q[1]] + factor[p[0], q[1]] * factor[p[1], q[0]]

    explained = linear @ factor @ linear + sum(
        b * c * both(pairs[m], pairs[n]) for m, b in bends.items() for n, c in bends.items()
    )
    assert explained < 1
    x_items = ["a0", "a1", "a2", "b0", "b1"]
    side = {item: (0 if item[0] == "a" else 1) for item in x_items}
    load = {f"{k}{i}": v for k, values in lam.items() for i, v in enumerate(values)}

    def s(i, j):
        return 1.0 if i == j else load[i] * load[j] * factor[side[i], side[j]]

    names = list(model.items)
    cov = np.zeros((len(names), len(names)))
    for m, one in enumerate(names):
        for n, other in enumerate(names):
            first, second = one.split(":"), other.split(":")
            if len(first) == len(second) == 2:
                (i, j), (k, q) = first, second
                cov[m, n] = s(i, k) * s(j, q) + s(i, q) * s(j, k)
            elif len(first) == len(second) == 1:
                if one == other:
                    cov[m, n] = 1.0
                elif one[0] == other[0] == "y":
                    cov[m, n] = load[one] * load[other]
                elif "y" in (one[0], other[0]):
                    x, y = (other, one) if one[0] == "y" else (one, other)
                    cov[m, n] = load[x] * load[y] * (factor @ linear)[side[x]]
                else:
                    cov[m, n] = s(one, other)
            else:
                single, pair = (one, second) if len(first) == 1 else (other, first)
                if single[0] == "y":
                    sides = [side[item] for item in pair]
                    shared = sum(b * both(sides, pairs[name]) for name, b in bends.items())
                    cov[m, n] = load[single] * load[pair[0]] * load[pair[1]] * shared
    mean = [s(*name.split(":")) if ":" in name else 0.0 for name in names]
    moments = Moments.from_table(items=names, mean=mean, cov=cov, n_obs=10**9)
    return moments, model


@pytest.mark.parametrize(
    "bends", [{"A:B": 0.2}, {"A:B": -0.1}, {"A:B": 0.0}, {"A:B": 0.15, "A:A": -0.1}]
)
def test_interactions_of_normal_factors_are_recovered(bends):
    moments, model = normal_population(bends)
    found = fit(moments, model, method="plsc", tolerance=1e-13)
    assert found.admissible
    paths = found.paths.sel(target="Y")
    assert paths.sel(source="A").item() == pytest.approx(0.4, abs=EXACT)
    assert paths.sel(source="B").item() == pytest.approx(0.3, abs=EXACT)
    bent = product_coefficients(found).sel(target="Y")
    for name, value in bends.items():
        assert bent.sel(source=name).item() == pytest.approx(value, abs=EXACT)
    plain = product_coefficients(fit(moments, model)).sel(target="Y", source="A:B").item()
    assert abs(plain) <= abs(bends["A:B"])
    if set(bends) == {"A:B"}:
        slopes = simple_slopes(found, source="A", target="Y", at=(-1, 1))
        expected = [0.4 - bends["A:B"], 0.4 + bends["A:B"]]
        np.testing.assert_allclose(slopes, expected, atol=EXACT)


MOBI = """
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation  =~ CUEX1 + CUEX2 + CUEX3
Value        =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Satisfaction ~ Image + Expectation + Value + Image:Expectation
"""


@pytest.mark.parametrize("kind", ["A", "C"])
def test_csem_interactions_by_their_convention(mobi, oracle, kind):
    """First-stage scores, their products averaged over n, but scores of variance 1 by n - 1."""
    expected = oracle("csem_extensions")["extensions"][f"interaction_sequential_{kind}"]
    first = fit(mobi, without_products(PathModel.parse(MOBI)), tolerance=1e-12)
    frame = scores(first, mobi).to_pandas()
    found = rho_a(first.weights.to_numpy(), first.model.membership)
    reliable = dict(
        zip(first.model.construct_names, found if kind == "C" else np.ones(4), strict=True)
    )
    q = {name: np.sqrt(value) for name, value in reliable.items()}
    names = ["Image", "Expectation", "Value"]

    def moment(*factors):
        return frame[list(factors)].prod(axis=1).mean() / np.prod([q[name] for name in factors])

    inner = np.eye(4)
    for i, one in enumerate(names):
        inner[i, 3] = inner[3, i] = moment(one, "Image", "Expectation")
        for j, other in enumerate(names):
            inner[i, j] = 1.0 if i == j else moment(one, other)
    scale = (q["Image"] * q["Expectation"]) ** 2
    fourth = (frame["Image"] ** 2 * frame["Expectation"] ** 2).mean()
    inner[3, 3] = (fourth - 1) / scale + 1 - moment("Image", "Expectation") ** 2
    right = [moment(name, "Satisfaction") for name in names]
    right.append(moment("Image", "Expectation", "Satisfaction"))
    slopes = np.linalg.solve(inner, right)
    labels = [*names, "Image.Expectation"]
    for name, value in zip(labels, slopes, strict=True):
        assert value == pytest.approx(expected["paths"][name], abs=PARITY)
    share = slopes @ inner @ slopes
    assert share == pytest.approx(expected["R2"]["Satisfaction"], abs=PARITY)


def test_seminr_takes_the_product_for_free_of_error(mobi, oracle):
    """Its number is that of a column of products of scores in consistent PLS."""
    expected = oracle("seminr_extensions")["interactions"]["two_stage_C"]
    model = PathModel.parse(MOBI)
    first = fit(mobi, without_products(model), tolerance=1e-12)
    frame = scores(first, mobi).to_pandas()
    column = frame["Image"] * frame["Expectation"]
    wide = mobi.assign(P=column.to_numpy())
    text = MOBI.replace("Image:Expectation", "Product") + "Product =~ P\n"
    found = fit(wide, PathModel.parse(text), method="plsc", tolerance=1e-12).paths
    paths = found.sel(target="Satisfaction")
    for name in ("Image", "Expectation", "Value"):
        assert paths.sel(source=name).item() == pytest.approx(expected["paths"][name], abs=PARITY)
    product = paths.sel(source="Product").item()
    assert product == pytest.approx(expected["paths"]["Image*Expectation"], abs=PARITY)
    ours = product_coefficients(fit(mobi, model, method="plsc")).sel(target="Satisfaction").item()
    # As the docstring prints them.
    assert product / column.std() == pytest.approx(-0.04237, abs=5e-6)
    assert ours == pytest.approx(-0.04326, abs=5e-6)


def test_draws_of_an_interaction_equal_refits(mobi):
    model = PathModel.parse(MOBI)
    wide = add_product_items(mobi, model)
    point = fit(wide, model, method="plsc")
    draws = bootstrap(wide, model, n_boot=5, seed=5, point=point, max_failed_share=1.0)
    moments = bootstrap_moments(wide, items=model.items, n_boot=5, seed=5)
    coefficients = product_coefficients(draws)
    for draw in range(5):
        keep = Settings(method="plsc", on_inadmissible="keep")
        alone = fit_moments(moments.sel(draw=draw), model, keep, orientation=point)
        np.testing.assert_allclose(draws.paths.sel(draw=draw), alone.paths, atol=ROUNDING)
        one = coefficients.sel(draw=draw)
        np.testing.assert_allclose(one, product_coefficients(alone), atol=ROUNDING)


def test_scores_and_first_stages_stay(mobi):
    """Consistent PLS changes no score."""
    model = PathModel.parse(MOBI)
    plain, corrected = fit(mobi, model), fit(mobi, model, method="plsc")
    np.testing.assert_allclose(scores(plain, mobi), scores(corrected, mobi), atol=1e-6)
    lower = first_stage_model(PathModel.parse(SMALL))
    assert lower.higher_order == ()
