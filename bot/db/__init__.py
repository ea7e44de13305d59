"""Tables, sessions and migrations of the hub's database (SQLite or PostgreSQL)."""
