"""From texts to calibrated probabilities of intents. Knows nothing of Rasa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from engine.evaluation.groups import idea_folds
from engine.polish.features import Features
from engine.polish.network import Network, softmax

_LEAST_FOR_CALIBRATION = 6
_CALIBRATION_FOLDS = 5
_TEMPERATURES = np.geomspace(0.3, 3.0, 47)
_CALIBRATION_SEED = 100


class IntentModel:
    """Features, networks that vote, and a temperature: text in, probabilities of intents out."""

    def __init__(
        self, features: Features, classes: Sequence[str], networks: Sequence[Network], temperature: float
    ) -> None:
        """Take the fitted parts."""
        self.features = features
        self.classes = list(classes)
        self.temperature = temperature
        self._networks = list(networks)

    @classmethod
    def fit(cls, texts: Sequence[str], intents: Sequence[str], config: Mapping[str, Any]) -> IntentModel:
        """Train on texts and their intents (at least two different ones)."""
        features, rows = Features.fit(texts, config)
        classes, targets = np.unique(np.array(intents), return_inverse=True)

        def fit(part: Any, seed: int) -> Network:
            return Network.fit(rows[part], targets[part], len(classes), config, seed)

        known, test = _calibration_parts(texts, intents, features.characters(rows))

        def calibrate() -> float:
            if not len(test):
                return 1.0
            return _temperature(fit(known, _CALIBRATION_SEED).scores(rows[test]), targets[test])

        # NumPy lets go of Python's lock in its loops: the networks and the one for calibration share two cores.
        with threadpool_limits(limits=1), ThreadPoolExecutor(2) as pool:
            temperature = pool.submit(calibrate)
            voting = [pool.submit(fit, slice(None), seed) for seed in range(config["networks"])]
            networks = [future.result() for future in voting]
        return cls(features, [str(name) for name in classes], networks, temperature.result())

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """Return calibrated probabilities, one row for each text, columns as in `classes`."""
        return softmax(self._scores(self.features.rows(texts)) * self.temperature)

    def _scores(self, rows: csr_matrix) -> np.ndarray:
        return np.asarray(np.mean([network.scores(rows) for network in self._networks], axis=0))

    def as_data(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return what has to be stored: JSON-able data and arrays."""
        plain, arrays = self.features.as_data()
        for number, network in enumerate(self._networks):
            arrays.update({f"network{number}_{name}": values for name, values in network.as_arrays().items()})
        described = {"classes": self.classes, "temperature": self.temperature, "networks": len(self._networks)}
        return {**described, "features": plain}, arrays

    @classmethod
    def from_data(
        cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray], config: Mapping[str, Any]
    ) -> IntentModel:
        """Rebuild a stored model. Raises KeyError or ValueError when a part is missing or does not fit."""
        networks = []
        for number in range(int(plain["networks"])):
            prefix = f"network{number}_"
            networks.append(
                Network.from_arrays(
                    {name.removeprefix(prefix): arrays[name] for name in arrays if name.startswith(prefix)}
                )
            )
        if not networks:
            raise ValueError("no network is stored")
        features = Features.from_data(plain["features"], arrays, config)
        return cls(features, plain["classes"], networks, float(plain["temperature"]))


def _calibration_parts(
    texts: Sequence[str], intents: Sequence[str], rows: csr_matrix
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to train on and the rows to judge by when the temperature is chosen; no idea is in both.

    An intent with few messages may be missing in a part: it has no say.
    """
    names = np.array(intents)
    known, counts = np.unique(names, return_counts=True)
    kept = np.isin(names, known[counts >= _LEAST_FOR_CALIBRATION])
    if len(set(names[kept])) < 3:
        return np.arange(len(names)), np.array([], dtype=int)
    folds = idea_folds(texts, intents, _CALIBRATION_FOLDS, rows=rows)
    known_names = set(names[folds != 0])
    heard = np.array([name in known_names for name in names])
    return np.flatnonzero(folds != 0), np.flatnonzero((folds == 0) & kept & heard)


def _temperature(scores: np.ndarray, targets: np.ndarray) -> float:
    """Choose how sharp the probabilities are: by how right a model is about ideas that it has not seen."""
    places = np.arange(len(targets))
    likelihoods = [
        np.log(softmax(scores * temperature)[places, targets] + 1e-9).mean() for temperature in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmax(likelihoods))])
