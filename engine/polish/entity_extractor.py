"""Entities by rule: what a telephone number or a case number is needs no training messages."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from engine.polish.identifiers import Found, identifiers
from engine.polish.whereabouts import whereabouts

# Nobody writes an address past this; the rules look at every position of a text.
MAX_TEXT = 2_000


def entities(text: str) -> list[Found]:
    """Return the entities of a text in the order written; they do not overlap."""
    text = text[:MAX_TEXT]
    numbers = identifiers(text)
    return sorted([*numbers, *whereabouts(text, numbers)], key=lambda entity: entity.start)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PolishEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds telephone, e-mail, PESEL, account, identity card, case number, street and time to a message's entities."""

    @staticmethod
    def required_packages() -> list[str]:
        """Name the packages this component imports."""
        return ["phonenumbers", "stdnum"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PolishEntityExtractor:
        """Create the component; it has no settings and nothing to load."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Extend each message's entities."""
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            found = [
                {
                    ENTITY_ATTRIBUTE_TYPE: entity.entity,
                    ENTITY_ATTRIBUTE_START: entity.start,
                    ENTITY_ATTRIBUTE_END: entity.end,
                    ENTITY_ATTRIBUTE_VALUE: entity.value,
                }
                for entity in entities(text)
            ]
            if found:
                known = message.get(ENTITIES) or []
                message.set(ENTITIES, known + self.add_extractor_name(found), add_to_output=True)
        return messages
