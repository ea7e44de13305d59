"""The tracker store named in endpoints.yml: holds the tracker of the running turn, and no other.

The gateway sends the dialogue state with each message and commits the new one together with the replies, in one
transaction. So an engine that dies loses nothing, and any engine can take the next turn. Outside a turn of the turn
channel (`rasa shell`, `rasa interactive`) it behaves as Rasa's in-memory store.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Optional

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

# A context variable and not a dictionary by sender: a repeated request for the same conversation, sent because the
# first one took too long, must not meet the first one's tracker.
_running: ContextVar[Optional[DialogueStateTracker]] = ContextVar("running_turn", default=None)


@contextmanager
def running_turn(tracker: DialogueStateTracker) -> Iterator[None]:
    """Let Rasa find this tracker, and only this one, until the block ends."""
    token = _running.set(tracker)
    try:
        yield
    finally:
        _running.reset(token)


class TurnTrackerStore(InMemoryTrackerStore):
    """Gives Rasa the running turn's tracker itself, without writing and reading it back."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker; during a turn the turn channel already holds it."""
        running = _running.get()
        if running is None:
            await super().save(tracker)
        elif running is not tracker:
            raise RuntimeError("another tracker than the running turn's was saved")

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Return the running turn's tracker."""
        running = _running.get()
        return await super().retrieve(sender_id) if running is None else self._same(running, sender_id)

    async def retrieve_full_tracker(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Return the running turn's tracker: it holds nothing older."""
        running = _running.get()
        return await super().retrieve_full_tracker(sender_id) if running is None else self._same(running, sender_id)

    @staticmethod
    def _same(running: DialogueStateTracker, sender_id: str) -> DialogueStateTracker:
        if running.sender_id != sender_id:
            raise RuntimeError("a turn asked for another conversation's tracker")
        return running
