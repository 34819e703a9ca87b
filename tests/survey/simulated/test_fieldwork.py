from __future__ import annotations

import numpy as np
import pandas as pd

from csat_models.survey.simulated.fieldwork import describe_people, draw_behaviour, stay_probability

GROUP = np.array(["premium", "standard", "youth"] * 2000)


def test_people_are_of_their_group_and_no_longer_customers_than_alive():
    rng = np.random.default_rng(1)
    people = describe_people(GROUP, 2020, np.full(6000, -1), None, rng)
    assert people["respondent_id"].is_unique
    assert people.loc[GROUP == "youth", "age"].max() < 30
    assert (people["tenure"] <= people["age"] - 12).all()
    assert (people["tenure"] >= 0).all()


def test_forcing_the_returning_to_stay_keeps_the_share_of_stayers():
    rng = np.random.default_rng(2)
    n = 60_000
    scores = pd.DataFrame({name: np.full(n, 7.0) for name in ("SAT1", "SAT2", "SAT3", "LOY1")})
    scores["RECOMMEND"] = 7.0
    group = np.resize(GROUP, n)
    returns = rng.random(n) < 0.3
    behaviour = draw_behaviour(scores, group, returns, 0.3, rng)
    want = float(stay_probability(np.array([7.0]), np.array([7.0]))[0])
    # five binomial standard errors
    assert abs(behaviour.stayed.mean() - want) < 5 * np.sqrt(0.25 / n)
    assert behaviour.stayed[returns].all()
    assert (behaviour.referrals[~behaviour.stayed] == 0).all()


def test_the_satisfied_stay():
    chance = stay_probability(np.array([3.0, 8.0, 10.0]), np.array([3.0, 8.0, 10.0]))
    assert (np.diff(chance) > 0).all()
    assert abs(chance[1] - 0.9) < 0.001
