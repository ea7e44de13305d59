"""What happens to every message before anything is stored or answered: crisis, masking, language.

All three are deterministic and need no model, so they also work while the engine is down.
"""
