"""Tables, sessions and migrations of the hub's database (SQLite or PostgreSQL)."""

# Tables outside `models`: whoever asks for the metadata must find them there.
from bot.db import tallies, waiting

__all__ = ["tallies", "waiting"]
