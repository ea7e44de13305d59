from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_rows

from engine.polish.classifier import PolishIntentClassifier
from engine.polish.network import Network, _one_byte_each, softmax

CONFIG = {**PolishIntentClassifier.get_default_config(), "hidden": 16, "epochs": 60}


def either_or(count: int = 200) -> tuple[csr_matrix, np.ndarray]:
    """Return rows whose class is whether exactly one of two features is there: nothing a linear model can learn."""
    chance = np.random.default_rng(3)
    two = chance.integers(0, 2, (count, 2))
    rows = np.hstack([two, 1 - two]).astype(np.float32)
    return csr_matrix(rows), two.sum(axis=1) % 2


def test_learns_what_a_linear_model_cannot() -> None:
    rows, targets = either_or()
    network = Network.fit(rows, targets, 2, {**CONFIG, "feature_dropout": 0.0, "rate": 0.02}, seed=0)
    assert (network.scores(rows).argmax(axis=1) == targets).mean() > 0.95


def test_the_same_seed_gives_the_same_network() -> None:
    rows, targets = either_or(40)
    first, again, other = (Network.fit(rows, targets, 2, CONFIG, seed).scores(rows) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_stored_and_rebuilt_it_says_the_same() -> None:
    rows, targets = either_or(40)
    network = Network.fit(rows, targets, 2, CONFIG, seed=1)
    again = Network.from_arrays(network.as_arrays())
    assert np.array_equal(softmax(network.scores(rows)), softmax(again.scores(rows)))


def test_weights_of_one_byte_are_as_good_as_the_trained_ones() -> None:
    weights = np.random.default_rng(5).standard_normal((1000, 64)).astype(np.float32)
    whole, steps = _one_byte_each(weights)
    assert whole.dtype == np.int8
    assert np.abs(whole * steps - weights).max() <= steps.max() / 2 + 1e-6
    assert np.array_equal(_one_byte_each(np.zeros((1, 4), np.float32))[0], np.zeros((1, 4)))


def test_rows_without_any_known_feature_are_answered() -> None:
    rows, targets = either_or(40)
    network = Network.fit(rows, targets, 2, CONFIG, seed=1)
    assert np.isfinite(network.scores(csr_matrix((1, 4), dtype=np.float32))).all()


def test_layers_that_do_not_fit_are_refused() -> None:
    arrays = Network.fit(*either_or(40), 2, CONFIG, seed=1).as_arrays()
    with pytest.raises(ValueError, match="fit"):
        Network.from_arrays({**arrays, "last_bias": np.zeros(3)})
    with pytest.raises(KeyError):
        Network.from_arrays({name: values for name, values in arrays.items() if name != "last"})


def test_one_message_takes_no_time_to_speak_of() -> None:
    rows = random_rows(200, 40_000, density=0.003, format="csr", dtype=np.float32, random_state=1)
    network = Network.fit(rows, np.arange(200) % 80, 80, {**CONFIG, "hidden": 192, "epochs": 1}, seed=0)
    assert network.scores(rows[:1]).shape == (1, 80)


def test_few_messages_are_gone_through_until_there_is_something_learned() -> None:
    rows, targets = either_or()
    config = {**CONFIG, "feature_dropout": 0.0, "rate": 0.02, "epochs": 1}
    scores = {
        steps: Network.fit(rows, targets, 2, {**config, "least_steps": steps}, seed=0).scores(rows)
        for steps in (1, 240)
    }
    right = {steps: (found.argmax(axis=1) == targets).mean() for steps, found in scores.items()}
    assert right[1] < 0.8 < 0.95 < right[240]
