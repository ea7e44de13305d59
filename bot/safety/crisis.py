"""The net beside the model: notices a person in danger, in any state, while the engine is away as well.

A miss is worse than a false alarm, but a net that cries at "zabić czas" gets switched off, so ``crisis_patterns.yml``
lists look-alikes as well.
"""

from functools import lru_cache
from pathlib import Path

import msgspec

from bot.safety.crisis_net import Compiled, CrisisNet
from bot.safety.crisis_patterns import compile_patterns

_in_use: CrisisNet | None = None


def net() -> CrisisNet:
    """The net of the patterns that ship with the product; compiled at the first call unless one was loaded."""
    global _in_use
    if _in_use is None:
        _in_use = CrisisNet(compile_patterns())
    return _in_use


def load(path: Path) -> None:
    """Use the net that :mod:`bot.safety.crisis_patterns` compiled into a file: a tenth of the time and memory.

    Raises:
        OSError, msgspec.MsgspecError: there is no such file, or it holds something else.
    """
    global _in_use
    loaded = CrisisNet(msgspec.json.decode(path.read_bytes(), type=Compiled))
    loaded.find("ratunku")  # brings Morfeusz's dictionary in, which the first message would else wait for
    _in_use = loaded


# A message is looked at when it is accepted and again when its turn comes.
@lru_cache(maxsize=64)
def detect(text: str) -> str | None:
    """Return the kind of crisis that a message speaks of, or None.

    Kinds: "samobojstwo", "zycie", "dziecko", "przemoc", "zimno", "glod", "ogolny".
    """
    found = net().find(text)
    return found.kind if found else None
