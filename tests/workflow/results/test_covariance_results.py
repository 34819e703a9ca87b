"""The covariance-based sections of a study: from its rows to what is shown, and why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import Study
from csat_models.assessment import measurement_invariance, reconcile
from csat_models.errors import AbsentError
from csat_models.estimation import covariance_fit_measures, fit_covariance

MODEL = """\
  Quality =~ Q1 + Q2 + Q3
  Value =~ V1 + V2 + V3
  Satisfaction =~ S1 + S2 + S3
  Value ~ Quality
  Satisfaction ~ Quality + Value
"""
ITEMS = [f"{letter}{k}" for letter in "QVS" for k in (1, 2, 3)]
# The same arithmetic on the same numbers.
EXACT = 1e-9


def survey(seed: int, *, n: int = 400, shift: float = 0.0, cross: float = 0.0) -> pd.DataFrame:
    """Answers from 1 to 10; the rival's customers answer V2 by `shift` differently."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    value = 0.6 * quality + 0.8 * rng.normal(size=n)
    satisfaction = 0.4 * quality + 0.4 * value + 0.6 * rng.normal(size=n)
    rival = np.arange(n) % 2 == 1
    columns = {"city": "c0", "operator": np.where(rival, "rival", "ours")}
    for letter, score in zip("QVS", (quality, value, satisfaction), strict=True):
        for k in (1, 2, 3):
            raw = 5.5 + 1.5 * score + rng.normal(size=n)
            raw += shift * rival * (letter + str(k) == "V2")
            raw += cross * quality * (letter + str(k) == "S1")
            columns[f"{letter}{k}"] = np.clip(np.round(raw), 1, 10).astype(int)
    return pd.DataFrame(columns)


def lay_out(tiny, monkeypatch, *, model: str = MODEL, earlier: bool = False, **now: float) -> Study:
    """Write a study of one or two waves and open it."""
    lines = [f"  {name}: {{construct: {c}, text: {{zh: 题{name}, en: {name}}}}}"
             for name, c in zip(ITEMS, np.repeat(["Quality", "Value", "Satisfaction"], 3),
                                strict=True)]  # fmt: skip
    head, tail = (tiny.root / "params/codebook.yml").read_text().split("items:\n")
    tail = tail[tail.index("attributes:") :]
    head = head.replace("Satisfaction:", "Value: {zh: 价值, en: Value}\n  Satisfaction:")
    tiny.write("params/codebook.yml", f"{head}items:\n" + "\n".join(lines) + f"\n{tail}")
    text = (tiny.root / "params/2024.yml").read_text()
    start, end = text.index("model: |"), text.index("bootstrap:")
    text = f"{text[:start]}model: |\n{model}{text[end:]}"
    tiny.write("params/2024.yml", text + ("earlier: [2023]\n" if earlier else ""))
    tiny.write("data/raw/2024.csv", survey(1, **now).to_csv(index=False))
    if earlier:
        tiny.write("params/2023.yml", text.replace("2024", "2023"))
        tiny.write("data/raw/2023.csv", survey(2).to_csv(index=False))
    monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))
    return Study.open("2024")


def test_the_study_shows_the_model_fitted_to_its_rows(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch)
    found = fit_covariance(book.responses, book.model)
    measures = covariance_fit_measures(found)
    fit = book.covariance.fit().set_index("criterion")
    assert fit.loc["chi_square", "value"] == pytest.approx(measures.chi_square, abs=EXACT)
    assert set(fit["n_obs"]) == {400}
    loadings, paths = book.covariance.loadings(), book.covariance.paths()
    assert loadings["item"].tolist() == ITEMS and loadings["construct"].nunique() == 3
    assert list(zip(paths["source"], paths["target"], strict=True)) == list(book.model.paths)
    assert (paths["standard_error"] > 0).all()
    whole = reconcile(book.computation.wave.whole, book.model)
    shown = book.covariance.by_method()
    np.testing.assert_allclose(shown["value"], whole["value"], rtol=0, atol=EXACT)
    pls = shown[(shown["quantity"] == "path") & (shown["method"] == "pls")]
    chapter = book.structure.paths()
    assert pls["value"].tolist() == pytest.approx(chapter["estimate"].tolist(), abs=EXACT)


def test_a_loading_that_the_model_leaves_out_is_found(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch, cross=1.0)
    fit = book.covariance.fit().set_index("criterion")
    assert fit.loc["p_value", "verdict"] == "fail"
    top = book.covariance.modifications(3)
    assert len(top) == 3
    assert top.loc[0, ["lhs", "op", "rhs"]].tolist() == ["Quality", "=~", "S1"]


@pytest.mark.parametrize(("shift", "failing"), [(0.0, None), (2.0, "scalar")])
def test_brands_that_answer_differently_fail_equal_intercepts(tiny, monkeypatch, shift, failing):
    book = lay_out(tiny, monkeypatch, shift=shift)
    levels, releases = book.covariance.invariance("brands"), book.covariance.releases("brands")
    wanted = measurement_invariance(
        book.responses,
        book.model,
        group="operator",
        levels=("configural", "metric", "scalar"),
        correction="satorra_bentler",
    )
    np.testing.assert_allclose(levels["delta_cfi"], wanted["delta_cfi"], rtol=0, atol=EXACT)
    failed = levels.loc[levels["verdict_cheung_rensvold"] == "fails", "level"].tolist()
    assert failed == ([failing] if failing else [])
    if failing is None:
        assert releases.empty
    else:
        assert releases.loc[0, ["lhs", "op", "level"]].tolist() == ["V2", "~1", "scalar"]


def test_the_wave_is_compared_with_the_one_before(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch, earlier=True)
    both = pd.concat([survey(2)[ITEMS].assign(w="a"), survey(1)[ITEMS].assign(w="b")])
    wanted = measurement_invariance(
        both, book.model, group="w", levels=("configural", "metric", "scalar")
    )
    found = book.covariance.invariance("waves")
    np.testing.assert_allclose(found["chi_square"], wanted["chi_square"], rtol=0, atol=1e-6)
    assert not (found["verdict_chen"] == "fails").any()


def test_results_are_kept_and_belong_to_their_data(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch)
    first = book.covariance.fit()
    kept = sorted(path.name for path in book.project.processed("2024").glob("covariance-*"))
    assert len(kept) == 1
    pd.testing.assert_frame_equal(Study.open("2024").covariance.fit(), first)
    tiny.write("data/raw/2024.csv", survey(3).to_csv(index=False))
    assert Study.open("2024").covariance.fit()["value"][0] != first["value"][0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [(("=~ Q1", "<~ Q1"), "not_factors"), (("V1 + V2", "Q1@Value + V1 + V2"), "not_factors")],
)
def test_what_is_no_factor_is_absent_and_the_rest_stands(tiny, monkeypatch, change, reason):
    book = lay_out(tiny, monkeypatch, model=MODEL.replace(*change))
    for asked in (book.covariance.fit, lambda: book.covariance.invariance("brands")):
        with pytest.raises(AbsentError) as caught:
            asked()
        assert caught.value.facts["reason"] == reason
    shown = book.covariance.by_method()
    assert set(shown.loc[shown["method"] == "cbsem", "status"]) == {"not_estimable"}
    assert shown.loc[shown["method"] == "pls", "value"].notna().all()


def test_no_groups_and_too_few_rows_are_absent(tiny, monkeypatch):
    book = lay_out(tiny, monkeypatch)
    with pytest.raises(AbsentError) as caught:
        book.covariance.invariance("waves")
    assert caught.value.facts["reason"] == "no_earlier_wave"
    few = survey(1, n=40)
    few.loc[few.index[4:], "Q1"] = np.nan
    tiny.write("data/raw/2024.csv", few.to_csv(index=False))
    with pytest.raises(AbsentError) as caught:
        Study.open("2024").covariance.fit()
    assert caught.value.facts["reason"] in {"too_few_rows", "no_maximum"}
