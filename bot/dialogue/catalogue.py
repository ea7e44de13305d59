"""The trained models in the models folder, each with a card (JSON) of what is known about it.

A model is named after the day it was trained and the content it was trained from: ``20261124-1650-0739d5925935``.
Which one is in use stands in the database (:mod:`bot.dialogue.registry`): gateways share that, not this folder.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import msgspec

from bot.clock import utc_now
from bot.errors import StartupError

_NAME = re.compile(r"mops-(?P<name>(?P<day>\d{8}-\d{4})-(?P<fingerprint>[0-9a-f]{12}))\.tar\.gz")
SUFFIX = ".tar.gz"


class Card(msgspec.Struct):
    """What is written down about a model when it is trained and when it is compared."""

    trained_at: datetime | None = None
    seconds: float | None = None
    """Duration of the training."""
    messages: int | None = None
    """Training messages it learned from."""
    verdict: dict[str, Any] | None = None
    """The last comparison: ``against``, ``passed``, ``reasons``, ``figures`` (see :mod:`bot.dialogue.gate`)."""


class Model(msgspec.Struct, frozen=True):
    """A trained model on this machine."""

    name: str
    fingerprint: str
    path: Path

    @classmethod
    def at(cls, path: Path) -> Self | None:
        """Read a file's name; None when it is no model of ours."""
        match = _NAME.fullmatch(path.name)
        return cls(match["name"], match["fingerprint"], path) if match else None

    @property
    def card_path(self) -> Path:
        """Where its card lies."""
        return self.path.with_name(f"{self.path.name.removesuffix(SUFFIX)}.json")

    @property
    def examination_path(self) -> Path:
        """Where its answers to the test messages lie."""
        return self.path.with_name(f"{self.path.name.removesuffix(SUFFIX)}.answers.json")

    def card(self) -> Card:
        """Read the card; an empty one when there is none."""
        try:
            return msgspec.json.decode(self.card_path.read_bytes(), type=Card)
        except (OSError, msgspec.MsgspecError):
            return Card()

    def write(self, card: Card) -> None:
        """Replace the card."""
        write_whole(self.card_path, msgspec.json.format(msgspec.json.encode(card), indent=1))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever reads half of it."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)


def name_now(fingerprint: str) -> str:
    """Name a model that is about to be trained."""
    return f"{utc_now():%Y%m%d-%H%M}-{fingerprint}"


def file_name(name: str) -> str:
    """Return the file name of a model."""
    return f"mops-{name}{SUFFIX}"


def all_models(folder: Path) -> list[Model]:
    """List the models, newest first."""
    found = (Model.at(path) for path in folder.glob(f"mops-*{SUFFIX}"))
    return sorted((model for model in found if model), key=_age, reverse=True)


def _age(model: Model) -> tuple[str, int, str]:
    """Sort by the minute in the name; two of one minute by when their files were written."""
    try:
        written = model.path.stat().st_mtime_ns
    except OSError:
        written = 0  # deleted meanwhile
    return model.name.removesuffix(model.fingerprint), written, model.fingerprint


def fitting(folder: Path, fingerprint: str) -> Model | None:
    """Find the newest model that was trained from this content."""
    return next((model for model in all_models(folder) if model.fingerprint == fingerprint), None)


def by_name(folder: Path, name: str) -> Model | None:
    """Find a model by its whole name."""
    return Model.at(path) if (path := folder / file_name(name)).exists() else None


def resolve(folder: Path, written: str) -> Model:
    """Find the model that a person means by a name, a part of one, or ``latest``.

    Raises:
        StartupError: none or several fit.
    """
    models = all_models(folder)
    if written == "latest" and models:
        return models[0]
    meant = [model for model in models if written in (model.name, model.path.name)]
    meant = meant or [model for model in models if written in model.name]
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise StartupError(f"There is no model '{written}' in {folder}. 'mops models list' names those there are.")
    raise StartupError(f"'{written}' fits several models: {', '.join(model.name for model in meant)}.")
