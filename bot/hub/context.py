"""What the parts of the hub have in common."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db.session import Database
from bot.dialogue.client import Engine
from bot.hours import WorkingHours
from bot.hub.feed import Feed
from bot.hub.store import Writer
from bot.hub.tally import Tallies
from bot.knowledge import Knowledge, KnowledgeStore
from bot.settings import Settings


@dataclass(frozen=True)
class Context:
    """The hub's collaborators, made once by the application."""

    settings: Settings
    database: Database
    keyring: Keyring
    feed: Feed
    engine: Engine
    knowledge_store: KnowledgeStore
    hours: WorkingHours
    push_channels: frozenset[str]
    instance: str
    """This process among all gateways; signs leases."""
    tallies: Tallies = field(default_factory=Tallies)
    """How turns ended, until it is stored."""

    @property
    def knowledge(self) -> Knowledge:
        """The facts and texts as they stand now."""
        return self.knowledge_store.current

    def writer(self, now: datetime | None = None) -> Writer:
        """Make an appender for one transaction."""
        return Writer(self.keyring, self.push_channels, now or utc_now())

    def today(self) -> "datetime":
        """Return the current moment in the office's time zone."""
        return utc_now().astimezone(ZoneInfo(self.settings.timezone))
