"""Residents' ratings: one for each stretch of a conversation, a number from 1 to 5 and perhaps a word about it."""

from typing import cast

from sqlalchemy import Table, case, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db.base import new_id
from bot.db.models import Rating
from bot.hub.context import Context
from bot.hub.messages import NotFound, RatingView, TooLong
from bot.hub.store import CONVERSATIONS
from bot.safety.masking import mask

RATINGS = cast(Table, Rating.__table__)

COMMENT_LIMIT = 1000
LOWEST, HIGHEST = 1, 5


async def rate(context: Context, conversation_id: str, score: int, comment: str = "") -> None:
    """Store how a resident liked the conversation; a second rating of the same stretch replaces the first.

    Args:
        context: the hub's collaborators.
        conversation_id: what is rated.
        score: from 1 (bad) to 5 (good).
        comment: at most ``COMMENT_LIMIT`` characters; masked and encrypted.

    Raises:
        ValueError: the score is none.
        TooLong: the comment passes its limit.
        NotFound: no such conversation.
    """
    if not LOWEST <= score <= HIGHEST:
        raise ValueError(score)
    if len(comment) > COMMENT_LIMIT:
        raise TooLong(COMMENT_LIMIT)
    said = mask(comment.strip()).text
    async with context.database.write() as connection:
        # Closing begins the next stretch: what is rated then is the one before.
        stretch = await connection.scalar(
            select(
                case((CONVERSATIONS.c.owner == "closed", CONVERSATIONS.c.stretch - 1), else_=CONVERSATIONS.c.stretch)
            ).where(CONVERSATIONS.c.id == conversation_id)
        )
        if stretch is None:
            raise NotFound(conversation_id)
        await connection.execute(
            delete(RATINGS).where(RATINGS.c.conversation_id == conversation_id, RATINGS.c.stretch == stretch)
        )
        await connection.execute(
            insert(RATINGS).values(
                id=new_id(),
                conversation_id=conversation_id,
                stretch=stretch,
                score=score,
                comment_enc=context.keyring.encrypt(said) if said else None,
                at=utc_now(),
            )
        )


async def ratings_of(connection: AsyncConnection, keyring: Keyring, conversation_id: str) -> list[RatingView]:
    """Read the ratings of a conversation in order."""
    rows = await connection.execute(
        select(RATINGS).where(RATINGS.c.conversation_id == conversation_id).order_by(RATINGS.c.stretch)
    )
    return [
        RatingView(
            stretch=row.stretch,
            score=row.score,
            comment=keyring.decrypt(row.comment_enc) if row.comment_enc is not None else None,
            at=row.at,
        )
        for row in rows
    ]
