"""What the assistant may say: published facts and the texts that use them."""

from bot.knowledge.errors import KnowledgeError, Problem
from bot.knowledge.knowledge import Answer, Button, Fact, Knowledge, Source, StaleFact, today
from bot.knowledge.loader import load_knowledge
from bot.knowledge.store import KnowledgeStore

__all__ = [
    "Answer",
    "Button",
    "Fact",
    "Knowledge",
    "KnowledgeError",
    "KnowledgeStore",
    "Problem",
    "Source",
    "StaleFact",
    "load_knowledge",
    "today",
]
