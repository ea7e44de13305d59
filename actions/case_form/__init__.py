"""The case form: what a case needs, asked one question at a time (DOMAIN.md, 3)."""
