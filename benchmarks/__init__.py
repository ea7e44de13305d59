"""Measurements against a stock Rasa in the same run: ``make bench`` or ``python -m benchmarks [part …]``."""
