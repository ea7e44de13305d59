"""The hub: conversations, cases, facts, the staff desk, settings and the command line."""
