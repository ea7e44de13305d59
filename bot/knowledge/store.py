"""The knowledge of a running product: picks changes up, survives a broken edit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.knowledge import Knowledge, StaleFact, today
from bot.knowledge.loader import FILES, load_knowledge

_log = logging.getLogger(__name__)

_Signature = tuple[tuple[int, int, int], ...]


class KnowledgeStore:
    """The newest knowledge that could be loaded; the first load must succeed (KnowledgeError)."""

    def __init__(
        self,
        directory: Path,
        *,
        settings: Mapping[str, str] | None = None,
        max_age_days: int = 365,
        check_every: float = 1.0,
    ) -> None:
        self._directory = Path(directory)
        self._settings = dict(settings or {})
        self._max_age_days = max_age_days
        self._check_every = check_every
        self._lock = threading.Lock()
        self._seen = self._signature()
        self._current = load_knowledge(self._directory, self._settings)
        self._next_check = time.monotonic() + check_every

    @property
    def current(self) -> Knowledge:
        """The knowledge to answer from; looks at the files at most once per `check_every` seconds."""
        # Only one caller reloads; the others go on with what there is rather than wait for the disk.
        if time.monotonic() >= self._next_check and self._lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._next_check = time.monotonic() + self._check_every
                self._lock.release()
        return self._current

    @property
    def warnings(self) -> list[StaleFact]:
        """Facts that are spoken today although nobody has verified them for long."""
        return self.current.stale(today(), self._max_age_days)

    def _refresh(self) -> None:
        signature = self._signature()
        if signature == self._seen:
            return
        # Remembered before loading: a broken edit is told once, a file changed meanwhile is read again.
        self._seen = signature
        try:
            self._current = load_knowledge(self._directory, self._settings)
        except KnowledgeError as error:
            for problem in error.problems:
                _log.error("knowledge not reloaded, the last good one stays: %s", problem)
        else:
            _log.info("knowledge reloaded")

    def _signature(self) -> _Signature:
        return tuple(_stamp(self._directory / name) for name in FILES)


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0, 0)
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
