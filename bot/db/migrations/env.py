"""Alembic's environment; run through ``bot.db.migrate`` (``mops db upgrade``), not by itself."""

from alembic import context

from bot.db import models, replies, staff_tables, tallies, waiting  # noqa: F401 (their tables belong to the metadata)
from bot.db.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, user_module_prefix="")
with context.begin_transaction():
    context.run_migrations()
