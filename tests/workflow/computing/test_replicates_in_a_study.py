"""Replicate weights feed every interval of a study: of the file, or raked anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import Study, replicate_standard_error
from csat_models.errors import ParamsError
from csat_models.estimation import fit_moments, replicate_moments

MARGINS = "margins: {sex: {m: 0.49, f: 0.51}, city: {a: 0.45, b: 0.55}}"
METHODS = {"JK1": "", "BRR": "", "Fay": ", rho: 0.3"}
N_BOOT = 200

PARAMS = """\
title: Replicates 2024
language: en
wave: 2024
data: {file: data/raw/2024.csv, codebook: params/codebook.yml}
model: |
  Quality =~ Q1 + Q2 + Q3 + Q4
  Satisfaction =~ S1 + S2 + S3 + S4
  Satisfaction ~ Quality
bootstrap: {n_boot: 200, seed: 1%s}
comparison:
  unit: city
  competitor: {column: operator, ours: ours, theirs: rival}
report: {build: false}
"""
ITEMS = ("Q1", "Q2", "Q3", "Q4", "S1", "S2", "S3", "S4")


def codebook(columns: list[str], weight: str) -> str:
    items = "".join(
        f"  {name}: {{construct: {'Quality' if name[0] == 'Q' else 'Satisfaction'}, "
        f"text: {{zh: 题{name}, en: {name}}}}}\n"
        for name in ITEMS
    )
    numbers = "".join(
        f"  {name}: {{kind: number, label: {{zh: {name}, en: {name}}}}}\n" for name in columns
    )
    categories = "".join(
        f"  {name}: {{kind: category, label: {{zh: {name}, en: {name}}}, labels: "
        f"{{{one}: {{zh: {one}, en: {one}}}, {other}: {{zh: {other}, en: {other}}}}}}}\n"
        for name, one, other in (
            ("city", "a", "b"),
            ("operator", "ours", "rival"),
            ("sex", "m", "f"),
        )
    )
    return (
        f"{weight}scale: [1, 10]\nconstructs:\n  Quality: {{zh: 质量, en: Quality}}\n"
        f"  Satisfaction: {{zh: 满意度, en: Satisfaction}}\nitems:\n{items}attributes:\n"
        f"{categories}{numbers}"
    )


class Surveyed:
    """The study of R's numbers, with the replicate weights of a method as columns."""

    def __init__(self, tiny, monkeypatch, stored) -> None:
        self.tiny, self.stored = tiny, stored
        self.rows = pd.DataFrame(stored["rows"])
        monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))

    def open(self, weighting: str, method: str = "BRR", *, given: bool = True, more: str = ""):
        values = np.array(self.stored[method]["weights"])
        names = [f"rw_{k}" for k in range(values.shape[1])]
        columns = ["stratum", "village", *names, *([] if given else ["weight"])]
        weight = "weight: weight\n" if given else ""
        if not given:
            columns[-1] = "base"
        frame = self.rows.join(pd.DataFrame(values, columns=names))
        frame = frame if given else frame.rename(columns={"weight": "base"})
        self.tiny.write("data/raw/2024.csv", frame.to_csv(index=False))
        self.tiny.write("params/codebook.yml", codebook(columns, weight))
        self.tiny.write("params/2024.yml", PARAMS % more + weighting)
        return Study.open("2024")

    def of_file(self, method: str, *, given: bool = True, margins: str = "") -> Study:
        scale = self.stored[method]["scale"]
        told = f", scale: {scale}" if method in ("JKn", "bootstrap") else ""
        rho = METHODS.get(method, "")
        between = f"  {margins}\n" if margins else ""
        text = (
            f"weighting:\n{between}  replicates: {{columns: 'rw_*', method: {method}{rho}{told}}}\n"
        )
        return self.open(text, method, given=given)


@pytest.fixture
def surveyed(tiny, monkeypatch, oracle) -> Surveyed:
    return Surveyed(tiny, monkeypatch, oracle("replicate_study"))


@pytest.mark.parametrize("method", ["JK1", "JKn", "BRR", "Fay", "bootstrap"])
def test_a_studys_means_have_the_errors_of_rs_survey(surveyed, method):
    wave = surveyed.of_file(method).computation.wave
    errors = wave.whole_draws.mean.std("draw", ddof=1)
    for item, expected in surveyed.stored[method]["se"].items():
        # Draws are exactly uncorrelated mixtures; a mean is linear in weights of a constant sum.
        assert errors.sel(item=item).item() == pytest.approx(expected, rel=1e-8)


def test_paths_index_and_leads_have_the_replicates_errors(surveyed):
    study = surveyed.of_file("BRR")
    of, data = study.computation, study.responses
    names = [f"rw_{k}" for k in range(12)]
    how = {"items": of.model.items, "sampling_weights": "weight"}
    replicates = replicate_moments(data, replicate_weights=names, by=["city", "operator"], **how)
    each = fit_moments(replicates.merge("city").merge("operator"), of.model, of.settings,
                       orientation=of.estimates)  # fmt: skip
    expected = replicate_standard_error(each.paths, point=of.estimates.paths)
    found = of.draws.paths.std("draw", ddof=1)
    label = {"source": "Quality", "target": "Satisfaction"}
    # Draws bend where the path is no straight line in the weights, replicates likewise.
    assert found.sel(label).item() == pytest.approx(expected.sel(label).item(), rel=0.25)
    table = study.structure.paths()
    assert table["lower"].iloc[0] < of.estimates.paths.sel(label).item() < table["upper"].iloc[0]
    lead = study.index.overall_lead("Satisfaction").iloc[0]
    fixed = surveyed.open("").index.overall_lead("Satisfaction").iloc[0]
    assert lead["estimate"] == pytest.approx(fixed["estimate"], rel=1e-9)
    # Villages differ: whole villages are drawn, and the lead is less sure than of single rows.
    assert lead["upper"] - lead["lower"] != pytest.approx(fixed["upper"] - fixed["lower"], rel=0.01)


def test_replicates_of_the_file_are_raked_where_weights_are_made_of_margins(surveyed):
    study = surveyed.of_file("JKn", given=False, margins=f"{MARGINS}\n  base: base")
    errors = study.computation.wave.whole_draws.mean.std("draw", ddof=1)
    for item, expected in surveyed.stored["JKn"]["raked_se"].items():
        assert errors.sel(item=item).item() == pytest.approx(expected, rel=1e-6)


def test_a_jackknife_of_the_design_is_that_of_r_after_rake(surveyed):
    text = (
        f"weighting:\n  {MARGINS}\n  base: base\n  replicates: jackknife\n"
        "sampling: {strata: stratum, clusters: village}\n"
    )
    study = surveyed.open(text, given=False)
    errors = study.computation.wave.whole_draws.mean.std("draw", ddof=1)
    for item, expected in surveyed.stored["JKn"]["raked_se"].items():
        assert errors.sel(item=item).item() == pytest.approx(expected, rel=1e-6)


def test_bootstrap_draws_are_raked_and_known_margins_count(surveyed):
    text = f"weighting: {{{MARGINS}, base: base, replicates: bootstrap}}\n"
    study = surveyed.open(f"{text}sampling: {{clusters: village}}\n", given=False)
    weighed = study.computation.wave._moments._weights
    drawn = weighed.take(slice(0, N_BOOT))
    women = (study.responses.frame["sex"] == "f").to_numpy()
    np.testing.assert_allclose(drawn[:, women].sum(axis=1) / drawn.sum(axis=1), 0.51, rtol=1e-8)
    errors = study.computation.wave.whole_draws.mean.std("draw", ddof=1)
    expected = surveyed.stored["JK1"]["raked_se"]["S4"]
    # 200 draws know an error to 5 %, and a bootstrap of 20 villages is no jackknife.
    assert errors.sel(item="S4").item() == pytest.approx(expected, rel=0.25)


@pytest.mark.parametrize("weights", ["pooled", "own"])
def test_indices_have_draws_with_either_weights(surveyed, weights):
    text = "weighting: {margins: {city: {a: 1, b: 1}}, base: base, replicates: bootstrap}\n"
    text += f"index: {{weights: {weights}}}\n"
    draws = surveyed.open(text, given=False).computation.index.brands.draws
    assert bool(np.isfinite(draws).all())
    assert float(draws.std("draw").min()) > 0.1


@pytest.mark.parametrize(
    ("weighting", "sentence"),
    [
        ("{replicates: bootstrap}", "'weighting' lacks the key 'margins'"),
        ("{replicates: {columns: 'zz*', method: JK1}}", "finds 0"),
        ("{replicates: {columns: 'rw_*', method: JKn}}", "needs a scale for each replicate"),
        ("{replicates: {columns: 'rw_*', method: Fay}}", "rho, at least 0 and below 1"),
        ("{replicates: {columns: 'rw_*', method: JK1, scale: [1, 1, 1]}}", "3 values for 12"),
        ("{replicates: sometimes}", "'weighting.replicates"),
        (f"{{{MARGINS}, use: codebook, replicates: bootstrap}}", "'weighting.use' is codebook"),
        (
            f"{{{MARGINS}, trim: [0.2, 5], replicates: {{columns: 'rw_*', method: JK1}}}}",
            "raked untrimmed",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(surveyed, weighting, sentence):
    with pytest.raises(ParamsError) as caught:
        surveyed.open(f"weighting: {weighting}\n")
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_bca_intervals_are_refused_beside_replicates(surveyed):
    text = "weighting: {replicates: {columns: 'rw_*', method: BRR}}\n"
    with pytest.raises(ParamsError, match=r"bootstrap\.interval"):
        surveyed.open(text, more=", interval: bca")


def test_waves_are_pooled_by_the_same_weights_in_draws_as_in_the_sample(surveyed):
    study = surveyed.of_file("BRR")
    wave = study.computation.wave
    assert float(wave.whole.weight_sum) != pytest.approx(160.0, rel=0.1)
    found = wave.whole_draws.weight_sum.to_numpy()
    np.testing.assert_allclose(found, float(wave.whole.weight_sum), rtol=1e-12)
