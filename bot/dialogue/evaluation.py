"""Measure a model for the report."""
