"""Made-up results of a study, as tidy frames, for the tests of the report."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from csat_models.model import PathModel, catalogue

CITIES = {
    "linjiang": ("临江", "Linjiang"),
    "haizhou": ("海州", "Haizhou"),
    "yunxi": ("云溪", "Yunxi"),
    "qingshan": ("青山", "Qingshan"),
    "luocheng": ("洛城", "Luocheng"),
    "nanping": ("南屏", "Nanping"),
    "dongwan": ("东湾", "Dongwan"),
    "xichuan": ("西川", "Xichuan"),
    "beiling": ("北岭", "Beiling"),
    "jinhu": ("金湖", "Jinhu"),
    "shuangxi": ("双溪", "Shuangxi"),
}
CONSTRUCTS = {
    "Image": ("形象", "Image"),
    "Expectation": ("预期", "Expectations"),
    "Quality": ("感知质量", "Perceived quality"),
    "Network": ("网络质量", "Network quality"),
    "Business": ("业务质量", "Business quality"),
    "Service": ("服务质量", "Service quality"),
    "Value": ("感知价值", "Perceived value"),
    "Satisfaction": ("顾客满意", "Satisfaction"),
    "Complaints": ("抱怨", "Complaints"),
    "Loyalty": ("忠诚", "Loyalty"),
}
COLUMNS = {
    "city": ("城市", "City"),
    "operator": ("运营商", "Operator"),
    "operator:ours": ("本网", "Our network"),
    "operator:rival": ("竞网", "Rival"),
    "area": ("地区", "Area"),
    "area:urban": ("城区", "Urban"),
    "area:rural": ("农村", "Rural"),
    "group": ("客户群", "Customer group"),
    "group:premium": ("高端", "Premium"),
    "group:standard": ("普通", "Standard"),
    "group:youth": ("青年", "Youth"),
    "mode": ("访问方式", "Interview mode"),
    "mode:phone": ("电话", "Telephone"),
    "mode:web": ("网络", "Web"),
    "mode:intercept": ("拦截", "Intercept"),
    "kept": ("有效样本", "Valid interviews"),
    "read": ("读入", "Read from the file"),
}


def _labels(model: PathModel) -> dict[str, dict[str, str]]:
    pairs = CONSTRUCTS | COLUMNS | {f"city:{name}": text for name, text in CITIES.items()}
    wording = {
        item: ("对该项服务的总体评价如何", "How do you rate this, all in all")
        for item in model.items
    }
    pairs = pairs | wording
    return {
        "zh": {key: text[0] for key, text in pairs.items()},
        "en": {key: text[1] for key, text in pairs.items()},
    }


def _spread(frame: pd.DataFrame, estimate: np.ndarray, half: np.ndarray) -> pd.DataFrame:
    return frame.assign(estimate=estimate, lower=estimate - half, upper=estimate + half)


def _grid(**columns: list) -> pd.DataFrame:
    return pd.MultiIndex.from_product(columns.values(), names=columns.keys()).to_frame(index=False)


def make_results(
    model: PathModel, operators: tuple[str, ...] = ("ours", "rival")
) -> SimpleNamespace:
    """Return one frame for every table and figure, from a fixed seed."""
    rng = np.random.default_rng(7)
    names, items, cities = list(model.construct_names), list(model.items), list(CITIES)
    multi = [name for name in names if len(model.items_of(name)) > 1]
    made = SimpleNamespace(model=model, labels=_labels(model), operators=operators)

    def around(frame: pd.DataFrame, low: float, high: float, half: float) -> pd.DataFrame:
        width = half * rng.uniform(0.7, 1.3, len(frame))
        return _spread(frame, rng.uniform(low, high, len(frame)), width)

    made.flow = pd.DataFrame(
        {
            "step": ["read", "duplicates", "kept"],
            "removed": [0, 12, 44],
            "n_obs": [3356, 3344, 3300],
        }
    )
    made.profile = _profile(rng, operators)
    made.cells = _grid(city=cities, operator=list(operators))
    made.cells["n_obs"] = rng.integers(138, 160, len(made.cells))
    made.items = pd.DataFrame({"item": items, "n_obs": rng.integers(3000, 3300, len(items))})
    made.items["mean"] = rng.uniform(6.2, 8.4, len(items))
    made.items = made.items.assign(
        lower=made.items["mean"] - 0.07,
        upper=made.items["mean"] + 0.07,
        standard_deviation=rng.uniform(1.4, 2.2, len(items)),
        top_share=0.31,
        top_lower=0.29,
        top_upper=0.33,
        missing_share=rng.uniform(0.0, 0.08, len(items)),
    )
    answers = rng.dirichlet([1, 1, 1, 2, 3, 5, 8, 11, 9, 7], len(items))
    made.answers = _grid(item=items, answer=list(range(1, 11))).assign(share=answers.ravel())
    made.missing = _grid(reason=["dont_know", "refused"], item=items)
    made.missing["share"] = rng.gamma(1.0, 0.012, len(made.missing))
    made.item_means = around(_grid(item=items, operator=list(operators)), 6.3, 8.3, 0.1)
    pairs = [(c.name, item) for c in model.constructs for item in c.items]
    made.loadings = around(pd.DataFrame(pairs, columns=["construct", "item"]), 0.62, 0.93, 0.03)
    made.loadings["weight"] = rng.uniform(0.2, 0.5, len(pairs))
    made.reliability = around(
        _grid(construct=multi, statistic=["alpha", "rho_a", "rho_c", "ave"]), 0.66, 0.92, 0.025
    )
    made.reliability.loc[
        made.reliability["statistic"] == "ave", ["estimate", "lower", "upper"]
    ] -= 0.2
    made.htmt = pd.DataFrame(
        [(a, b) for n, a in enumerate(multi) for b in multi[:n]],
        columns=["construct", "construct_2"],
    )
    made.htmt["estimate"] = rng.uniform(0.35, 0.93, len(made.htmt))
    made.htmt["upper"] = made.htmt["estimate"] + 0.03
    square = [(a, b) for n, a in enumerate(multi) for b in multi[: n + 1]]
    made.correlations = pd.DataFrame(square, columns=["construct", "construct_2"])
    same = made.correlations["construct"] == made.correlations["construct_2"]
    made.correlations["estimate"] = np.where(same, 0.83, rng.uniform(0.3, 0.7, len(square)))
    made.paths = around(pd.DataFrame(model.paths, columns=["source", "target"]), -0.02, 0.6, 0.05)
    made.paths.loc[made.paths["target"] == "Complaints", ["estimate", "lower", "upper"]] = [
        -0.34,
        -0.4,
        -0.28,
    ]
    made.paths["p_value"] = rng.uniform(0, 0.02, len(made.paths))
    made.r_squared = around(pd.DataFrame({"construct": list(model.endogenous)}), 0.2, 0.7, 0.03)
    made.effects = made.paths[made.paths["target"].isin(["Satisfaction", "Loyalty"])]
    both = pd.concat([made.paths.assign(operator=name) for name in operators], ignore_index=True)
    made.group_paths = _spread(
        both, both["estimate"] + rng.normal(0, 0.04, len(both)), np.full(len(both), 0.06)
    )
    made.path_difference = around(made.paths[["source", "target"]], -0.1, 0.12, 0.06)
    made.index = around(_grid(construct=names, operator=list(operators)), 60, 85, 0.8)
    made.units = around(_grid(city=cities, operator=list(operators)), 68, 84, 1.9)
    made.leads = around(_grid(city=cities), -4, 8, 2.6).assign(probability=0.97)
    made.changes = around(_grid(city=cities), -3, 3.5, 2.2).assign(previous=72.0, current=73.0)
    made.standing = _standing(made)
    made.ranks = _ranks(made.standing)
    made.trend = _trend(rng, names, operators)
    made.overall = pd.DataFrame({"estimate": [74.2], "lower": [73.6], "upper": [74.9]})
    return made


def _profile(rng: np.random.Generator, operators: tuple[str, ...]) -> pd.DataFrame:
    values = {
        "city": list(CITIES),
        "operator": list(operators),
        "group": ["premium", "standard", "youth"],
        "area": ["urban", "rural"],
        "mode": ["phone", "web", "intercept"],
    }
    parts = []
    for attribute, kinds in values.items():
        share = rng.dirichlet(np.full(len(kinds), 20.0))
        weighted = rng.dirichlet(np.full(len(kinds), 20.0))
        columns = {"value": kinds, "n_obs": (3300 * share).round(), "share": share}
        parts.append(pd.DataFrame({"attribute": attribute, **columns, "weighted_share": weighted}))
    return pd.concat(parts, ignore_index=True)


def _standing(made: SimpleNamespace) -> pd.DataFrame:
    ours = made.units[made.units["operator"] == "ours"].reset_index(drop=True)
    rank = ours["estimate"].rank(ascending=False)
    lead_rank = made.leads["estimate"].rank(ascending=False)
    return pd.DataFrame(
        {
            "city": ours["city"],
            "level": ours["estimate"],
            "level_lower": ours["lower"],
            "level_upper": ours["upper"],
            "rank": rank,
            "rank_lower": (rank - 2).clip(1, 11),
            "rank_upper": (rank + 2).clip(1, 11),
            "rival": ours["estimate"] - made.leads["estimate"],
            "lead": made.leads["estimate"],
            "lead_lower": made.leads["lower"],
            "lead_upper": made.leads["upper"],
            "lead_rank": lead_rank,
            "lead_rank_lower": (lead_rank - 1).clip(1, 11),
            "lead_rank_upper": (lead_rank + 1).clip(1, 11),
            "lead_probability": 0.9996,
        }
    )


def _ranks(standing: pd.DataFrame) -> pd.DataFrame:
    cells = _grid(city=list(standing["city"]), rank=list(range(1, 12)))
    middle = cells["city"].map(standing.set_index("city")["rank"])
    weight = np.exp(-0.5 * ((cells["rank"] - middle) / 1.1) ** 2)
    cells["probability"] = weight / weight.groupby(cells["city"]).transform("sum")
    return cells


def _trend(rng: np.random.Generator, names: list[str], operators: tuple[str, ...]) -> pd.DataFrame:
    cells = _grid(construct=names, operator=list(operators), year=list(range(2017, 2025)))
    start = rng.uniform(66, 80, len(names) * len(operators)).repeat(8)
    steps = rng.normal(0.3, 0.9, (len(names) * len(operators), 8)).cumsum(axis=1).ravel()
    return _spread(cells, start + steps, np.full(len(cells), 0.8))


@pytest.fixture(scope="session")
def results() -> SimpleNamespace:
    """The demonstration's size: 9 constructs, 30 items, 11 cities, 2 operators."""
    return make_results(catalogue.telecom())


@pytest.fixture(scope="session")
def small_results() -> SimpleNamespace:
    """7 constructs, 24 items, one operator."""
    return make_results(catalogue.ecsi_mobile(), ("ours",))
