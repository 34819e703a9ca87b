"""A study whose model has products of constructs, from its params to what is shown."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from csat_models import Study, fit
from csat_models.analysis import satisfaction_index
from csat_models.errors import AbsentError, ParamsError
from csat_models.estimation import bootstrap, product_coefficients, simple_slopes
from csat_models.estimation.products import without_products

MODEL = """\
  Quality =~ Q1 + Q2
  Value =~ V1 + V2
  Satisfaction =~ S1 + S2
  Value ~ Quality
  Satisfaction ~ Quality + Value
"""
PRODUCT = MODEL.replace("Quality + Value\n", "Quality + Value + Quality:Value\n")
ITEMS = ["Q1", "Q2", "V1", "V2", "S1", "S2"]
# The same arithmetic on the same numbers; moments of cells are merged in another order.
EXACT = 1e-9


def survey(bend: float, *, n: int = 600, gaps: bool = False) -> pd.DataFrame:
    """Answers in which the effect of quality changes by `bend` a deviation of value."""
    rng = np.random.default_rng(9)
    quality = rng.normal(size=n)
    value = 0.4 * quality + 0.9 * rng.normal(size=n)
    satisfaction = 0.4 * quality + 0.3 * value + bend * quality * value + 0.5 * rng.normal(size=n)
    columns = {
        "city": np.where(rng.random(n) < 0.5, "c0", "c1"),
        "operator": np.where(np.arange(n) % 2, "rival", "ours"),
    }
    for letter, score in zip("QVS", (quality, value, satisfaction), strict=True):
        for k in (1, 2):
            answer = np.round(5.5 + 1.4 * score + 0.6 * rng.normal(size=n))
            columns[f"{letter}{k}"] = np.clip(answer, 1, 10)
    frame = pd.DataFrame(columns)
    if gaps:
        frame.loc[frame.index[::9], "Q1"] = np.nan
    return frame


def lay_out(tiny, monkeypatch, *, bend=0.0, model=PRODUCT, more="", gaps=False) -> Study:
    """Write a study of one wave and open it."""
    head, tail = (tiny.root / "params/codebook.yml").read_text().split("items:\n")
    tail = tail[tail.index("attributes:") :]
    if "Value:" not in head:
        head = head.replace("Satisfaction:", "Value: {zh: 价值, en: Value}\n  Satisfaction:")
    owners = np.repeat(["Quality", "Value", "Satisfaction"], 2)
    lines = "".join(
        f"  {name}: {{construct: {owner}, text: {{zh: 题{name}, en: {name}}}}}\n"
        for name, owner in zip(ITEMS, owners, strict=True)
    )
    tiny.write("params/codebook.yml", f"{head}items:\n{lines}{tail}")
    text = (tiny.root / "params/2024.yml").read_text()
    text = text.split("estimation:")[0]
    text = text[: text.index("model: |")] + f"model: |\n{model}" + text[text.index("bootstrap:") :]
    tiny.write("params/2024.yml", text.replace("n_boot: 50", "n_boot: 200") + more)
    tiny.write("data/raw/2024.csv", survey(bend, gaps=gaps).to_csv(index=False))
    monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))
    return Study.open("2024")


@pytest.mark.parametrize("way", ["two_stage", "product_indicator", "orthogonal"])
def test_the_study_estimates_what_the_library_does(tiny, monkeypatch, way):
    book = lay_out(tiny, monkeypatch, bend=0.3, more=f"estimation: {{interactions: {way}}}\n")
    whole = fit(book.responses, book.computation.fitted_model, interactions=way)
    for row in book.structure.paths().itertuples():
        wanted = whole.paths.sel(source=row.source, target=row.target).item()
        assert row.estimate == pytest.approx(wanted, abs=EXACT)
    assert ("Quality:Value", "Satisfaction") in set(
        book.structure.paths()[["source", "target"]].itertuples(index=False, name=None)
    )
    slopes = simple_slopes(whole, source="Quality", target="Satisfaction", moderator="Value")
    assert book.interactions.slopes()["estimate"].tolist() == pytest.approx(
        slopes.values.tolist(), abs=EXACT
    )
    coefficient = product_coefficients(whole).sel(source="Quality:Value", target="Satisfaction")
    found = book.interactions.coefficients()
    assert found["estimate"].item() == pytest.approx(coefficient.item(), abs=EXACT)
    assert found[["source", "moderator"]].iloc[0].tolist() == ["Quality", "Value"]


def test_draws_carry_the_product(tiny, monkeypatch):
    """Draws of the study spread as those of the library: every one has its own products."""
    book = lay_out(tiny, monkeypatch, bend=0.3)
    draws = bootstrap(book.responses, book.computation.fitted_model, n_boot=200, seed=3)
    spread = product_coefficients(draws).sel(source="Quality:Value", target="Satisfaction").std()
    # Two standard deviations, each of 200 draws: 5 % of Monte-Carlo error each.
    assert book.interactions.coefficients()["standard_error"].item() == pytest.approx(
        spread.item(), rel=0.3
    )


@pytest.mark.parametrize(
    ("bend", "english", "chinese"),
    [
        (0.3, "rises with Value", "增强"),
        (-0.3, "falls with Value", "减弱"),
        (0.0, "stays open", "尚不能判定"),
    ],
)
def test_the_sentence_follows_the_truth(tiny, monkeypatch, bend, english, chinese):
    book = lay_out(tiny, monkeypatch, bend=bend)
    slopes = book.interactions.slopes()
    assert slopes["level"].tolist() == [-1.0, 0.0, 1.0]
    assert (slopes["lower"] < slopes["upper"]).all()
    told = book.narrative.interactions(book.interactions.coefficients(), slopes)
    assert english in told.texts["en"] and chinese in told.texts["zh"]
    table = book.tables.simple_slopes_table(slopes)
    assert [row[3] for row in table.rows] == ["mean − 1 SD", "mean", "mean + 1 SD"]
    assert table.rows[0][4] == f"{slopes['estimate'][0]:.3f}".replace("-", "−")
    figure = book.figures.plot_simple_slopes(slopes)
    assert len(figure.svg()) > 1000 and figure.name == "simple_slopes"


def test_the_index_and_the_measurement_have_no_products(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch, bend=0.3)
    assert book.model.construct_names == ("Quality", "Value", "Satisfaction")
    whole = without_products(fit(book.responses, book.computation.fitted_model))
    levels = book.index.ours_by_construct()
    assert levels["construct"].tolist() == list(book.model.construct_names)
    ours = book.responses.frame[book.responses.frame["operator"] == "ours"]
    by_hand = satisfaction_index(whole, book.computation.wave.brands.sel(operator="ours"))
    assert levels["estimate"].tolist() == pytest.approx(by_hand.values.tolist(), abs=EXACT)
    assert ours[["S1", "S2"]].mean().mean() == pytest.approx(
        1 + 9 * levels["estimate"].iloc[2] / 100, abs=0.1
    )  # nearly equal weights
    assert not book.measurement.loadings()["construct"].str.contains(":").any()
    assert book.measurement.reliability()["estimate"].notna().all()
    effects = book.structure.total_effects("Satisfaction")
    assert set(effects["source"]) == {"Quality", "Value"}
    assert len(book.priorities.constructs("Satisfaction")) == 2
    assert book.priorities.constructs("Satisfaction")["importance"].notna().all()


def test_products_are_named_by_their_constructs(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch, model=PRODUCT.replace("Quality:Value", "Quality:Quality"))
    assert book.labels["en"]["Quality:Quality"] == "Quality²"
    other = lay_out(tiny, monkeypatch)
    assert other.labels["zh"]["Quality:Value"] == "质量×价值"
    table = other.tables.paths_table(other.structure.paths())
    assert "Quality × Value" in {row[0] for row in table.rows}
    diagram = other.figures.plot_path_diagram(other.structure.paths(), other.structure.r_squared())
    texts = {re.sub(r"\s+", " ", text.get_text()) for text in diagram.drawing.axes[0].texts}
    assert "Quality × Value" in texts
    told = other.narrative.drivers(other.structure.paths(), target="Satisfaction")
    assert "×" not in told.texts["en"]


def test_brands_with_own_weights_gaps_and_bca_work(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch, bend=0.3, gaps=True, more="index: {weights: own}\n")
    tiny.edit("params/2024.yml", "seed: 1}", "seed: 1, interval: bca}")
    book = Study.open("2024")
    assert book.index.ours_by_unit("Satisfaction")["estimate"].notna().all()
    assert book.interactions.slopes()["lower"].notna().all()
    differences = book.structure.path_differences()
    assert (differences["source"] == "Quality:Value").sum() == 1
    assert differences["lower"].notna().all()


def test_consistent_pls_takes_two_stages_only(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch, bend=0.3, more="estimation: {method: plsc}\n")
    assert book.interactions.slopes()["estimate"].is_monotonic_increasing
    more = "estimation: {method: plsc, interactions: orthogonal}\n"
    with pytest.raises(ParamsError, match="interactions' is 'orthogonal', but must be two_stage"):
        lay_out(tiny, monkeypatch, more=more)


def test_a_model_without_products_says_so(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch, model=MODEL)
    with pytest.raises(AbsentError) as caught:
        book.interactions.slopes()
    assert caught.value.facts["reason"] == "no_product"
    assert book.facts.interactions == "" and book.facts.factors
    with_product = lay_out(tiny, monkeypatch)
    assert with_product.facts.interactions == "two_stage" and not with_product.facts.factors
    with pytest.raises(AbsentError) as caught:
        with_product.covariance.by_method()
    assert caught.value.facts["reason"] == "not_factors"


@pytest.mark.parametrize(
    ("model", "more", "words"),
    [
        (
            "  Offer =~ Quality + Value\n"
            + PRODUCT[: PRODUCT.index("  Value ~")]
            + "  Satisfaction ~ Offer + Offer:Offer\n",
            "",
            "the product 'Offer:Offer' and constructs measured by constructs",
        ),
        (PRODUCT, "index: {constructs: ['Quality:Value']}\n", "'index.constructs"),
        (PRODUCT, "estimation: {method: cbsem}\n", "fit(..., method='cbsem')"),
        (PRODUCT, "estimation: {interactions: none}\n", "two_stage, product_indicator or"),
        (MODEL, "estimation: {higher_order: once}\n", "embedded_two_stage or repeated_indicators"),
        (PRODUCT.replace("V1 + V2", "V1 + V9"), "", "'model' names 'V9'"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(tiny, monkeypatch, model, more, words):
    with pytest.raises(ParamsError, match=re.escape(words)) as caught:
        lay_out(tiny, monkeypatch, model=model, more=more)
    assert str(caught.value).startswith("params/2024.yml: ") and "\n" not in str(caught.value)


@pytest.mark.parametrize("way", ["two_stage", "embedded_two_stage", "repeated_indicators"])
def test_constructs_of_constructs_by_every_device(tiny, monkeypatch, way):
    model = (
        MODEL[: MODEL.index("  Value ~")] + "  Offer =~ Quality + Value\n  Satisfaction ~ Offer\n"
    )
    head = (tiny.root / "params/codebook.yml").read_text()
    tiny.write(
        "params/codebook.yml",
        head.replace("constructs:\n", "constructs:\n  Offer: {zh: 供, en: Offer}\n"),
    )
    book = lay_out(tiny, monkeypatch, model=model, more=f"estimation: {{higher_order: {way}}}\n")
    whole = fit(book.responses, book.model, higher_order=way)
    path = book.structure.paths()
    assert path["estimate"].item() == pytest.approx(
        whole.paths.sel(source="Offer", target="Satisfaction").item(), abs=EXACT
    )
    assert path["lower"].item() < path["upper"].item()
