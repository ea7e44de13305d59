"""A Bot API server of our own, over real HTTP: as strict as Telegram's, and misbehaving when a test asks for it."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tests.support.botapi_people import Citizen, Group
from tests.support.botapi_server import BotApiServer
from tests.support.botapi_wire import Call, Fault, Pending

T = TypeVar("T")


class BotApi(BotApiServer):
    """The server with what tests do to it: bring people, let calls go wrong, repeat and reorder updates."""

    def citizen(self, first_name: str = "Jan") -> Citizen:
        """Somebody with Telegram who has not met the bot yet."""
        return self._in_loop(lambda: Citizen(self, first_name))

    def group(self, title: str = "Sąsiedzi", kind: str = "supergroup") -> Group:
        """A group or channel; the bot is no member yet."""
        return self._in_loop(lambda: Group(self, title, kind))

    def act(self, action: Callable[[], T]) -> T:
        """Do something in the server's loop."""
        return self._in_loop(action)

    def fault(self, method: str, kind: Any, *, times: int = 1, **details: Any) -> None:
        """Let the next ``times`` calls of a method go wrong."""
        faults = [Fault(kind, **details) for _ in range(times)]
        self._in_loop(lambda: self._faults[method.lower()].extend(faults))

    def too_many(self, retry_after: int, method: str = "sendMessage", *, chat: int | None = None) -> None:
        """Answer 429, as Telegram does to a bot that writes too fast."""
        self.fault(
            method,
            "refuse",
            code=429,
            description=f"Too Many Requests: retry after {retry_after}",
            parameters={"retry_after": retry_after},
            chat=chat,
        )

    def hold(self) -> None:
        """Keep what happens from now on until :meth:`release`."""
        self._in_loop(lambda: setattr(self, "_held", []))

    def held(self) -> list[dict[str, Any]]:
        """What is kept."""
        return self._in_loop(lambda: list(self._held or []))

    def release(self, order: Sequence[int]) -> list[int]:
        """Deliver what was kept, by position, in any order and as often as said; returns the update ids."""

        def deliver() -> list[int]:
            held, self._held = self._held or [], None
            chosen = [held[position] for position in order]
            self._pending += [Pending(update, late=True) for update in chosen]
            self._news.set()
            return [int(update["update_id"]) for update in chosen]

        return self._in_loop(deliver)

    def redeliver(self, update_id: int) -> None:
        """Deliver an update again, confirmed or not."""
        self._in_loop(lambda: self._pending.append(Pending(self._history[update_id], late=True)))
        self._loop.call_soon_threadsafe(lambda: self._news.set())

    def inject(self, update: dict[str, Any]) -> None:
        """Deliver an update of any shape, even one no client can read."""
        self._in_loop(lambda: self._pending.append(Pending(update, late=True)))
        self._loop.call_soon_threadsafe(lambda: self._news.set())

    def unconfirmed(self) -> list[int]:
        return self._in_loop(lambda: [entry.id for entry in self._pending])

    def handed_out(self, update_id: int) -> bool:
        """Whether the update was in an answer to ``getUpdates``."""
        return self._in_loop(lambda: update_id in self._handed_out)

    def calls_of(self, method: str, chat: int | None = None) -> list[Call]:
        return [
            call
            for call in self._in_loop(lambda: list(self.calls))
            if call.method == method.lower() and (chat is None or str(call.params.get("chat_id")) == str(chat))
        ]
