"""Prometheus metrics; counts and times only, never content."""

from prometheus_client import Counter, Histogram

ACCEPTED = Counter("mops_messages_accepted_total", "Residents' messages stored", ["channel"])
TURNS = Counter("mops_turns_total", "Turns by how they ended", ["outcome"])
ENGINE_SECONDS = Histogram(
    "mops_engine_turn_seconds",
    "Time the engine took for one turn",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
CLAIMS = Counter("mops_claims_total", "Claims of conversations", ["won"])
