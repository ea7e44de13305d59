"""The facade that channels and the desk talk to."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.hub import accept as accepting
from bot.hub import edits, ownership, queue, ratings, readers, rights
from bot.hub.access import may_work
from bot.hub.alerts import AlertKeeper, Target
from bot.hub.body import Body, excerpt, open_body
from bot.hub.claims import ClaimKeeper
from bot.hub.consumer import Consumer
from bot.hub.context import Context
from bot.hub.feed import DESK, Feed, FeedClosed, conversation_topic, typing_topic
from bot.hub.messages import (
    Accepted,
    ClaimResult,
    ConversationView,
    Event,
    Export,
    Inbound,
    NobodyThere,
    NotFound,
    NotOwner,
    QueueRow,
    Quote,
    Sender,
    StaffRef,
    Status,
    TooLong,
)
from bot.hub.outbox import OutboxWorker
from bot.hub.reindex import Indexer
from bot.hub.retention_keeper import RetentionKeeper
from bot.hub.staff_work import StaffWork
from bot.hub.store import CONVERSATIONS, MESSAGES, audit
from bot.hub.tally import TallyKeeper
from bot.hub.updates import UpdateKeeper
from bot.metrics import ACCEPTED, CLAIMS
from bot.safety.masking import mask

GREETED = frozenset({"web", "telegram"})
"""Channels whose people the hub greets. A REST client brings a front end, and so a greeting, of its own."""


class Hub:
    """Conversations from the first message to the last. Everything it returns is already committed."""

    def __init__(
        self, context: Context, senders: dict[str, Sender] | None = None, targets: Sequence[Target] = ()
    ) -> None:
        """Take the collaborators; ``senders`` are the push channels by name, ``targets`` are where alerts go."""
        self._context = context
        self._consumer = Consumer(context)
        self._outbox = OutboxWorker(context, senders or {})
        self._keepers = (
            ClaimKeeper(context),
            AlertKeeper(context, targets),
            UpdateKeeper(context, self._outbox.wake),
            Indexer(context),
            RetentionKeeper(context),
        )
        self._tallies = TallyKeeper(context.database, context.tallies)
        self.work = StaffWork(context, self._outbox.wake)
        self.feed: Feed = context.feed

    async def start(self) -> None:
        """Begin to work; what an earlier process left unfinished is picked up."""
        self._consumer.start()
        self._outbox.start()
        self._tallies.start()
        for keeper in self._keepers:
            keeper.start()

    async def stop(self) -> None:
        """Finish what is under way and stop."""
        for keeper in self._keepers:
            await keeper.stop()
        await self._consumer.stop()
        await self._outbox.stop()
        await self._tallies.stop()

    # -- residents

    async def accept(self, inbound: Inbound) -> Accepted:
        """Store a resident's message; committed when it returns.

        Raises:
            StorageUnavailable: nothing was stored; do not acknowledge.
            TooLong: longer than the limit.
            UnknownButton: not issued in this conversation.
            NotFound: there is no such conversation, and the message may not begin one.
        """
        greet = inbound.channel in GREETED and not (inbound.kind == "command" and inbound.text == "start")
        receipt, mine = await accepting.accept(self._context, inbound, greet=greet)
        if not receipt.duplicate:
            ACCEPTED.labels(inbound.channel).inc()
            self.feed.wake(conversation_topic(receipt.conversation_id))
            if mine:
                self._consumer.wake(receipt.conversation_id)
            self._outbox.wake()
        return receipt

    async def edited(self, inbound: Inbound, at: datetime) -> None:
        """Store what a resident made of an earlier message (its ``reference``); the dialogue does not begin again.

        ``at`` is the platform's time of the edit. Where the original never came here, the text stands for itself,
        for staff to read.

        Raises:
            StorageUnavailable: nothing was stored; do not acknowledge.
            TooLong: longer than the limit.
        """
        if not await edits.resident_edits(self._context, inbound, at):
            with suppress(NotFound):
                await self.accept(replace(inbound, kind="edited", reference=None, begins=False))
        self._outbox.wake()

    async def set_unreachable(self, channel: str, chat: str, reason: str | None) -> None:
        """Note that nothing can be delivered to a chat, for staff to see; None: it can be again."""
        async with self._context.database.write() as connection:
            changed = await connection.scalar(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.channel == channel, CONVERSATIONS.c.chat == chat)
                .values(unreachable=reason)
                .returning(CONVERSATIONS.c.id)
            )
        if changed is not None:
            self.feed.wake(DESK, conversation_topic(changed))

    def knows_topic(self, topic: str) -> bool:
        """Tell whether a conversation may begin with this topic: an intent that has an answer with a title."""
        return self._context.knowledge.title(topic) is not None

    async def open_conversation(self, channel: str, chat: str, *, topic: str | None = None) -> str:
        """Return the conversation of a chat; a new one begins with the opening message.

        ``topic``: an intent whose answer follows the greeting, because the page that was left is about it.
        """
        opened = await accepting.create_conversation(
            self._context, channel, chat, greet=channel in GREETED, topic=topic
        )
        self._outbox.wake()
        return opened

    async def conversation_of(self, channel: str, chat: str) -> str | None:
        """Return the conversation of a chat if there is one."""
        async with self._context.database.connect() as connection:
            return await accepting.find_conversation(connection, channel, chat)

    async def events(self, conversation_id: str, after: int) -> list[Event]:
        """Read the messages after sequence number ``after`` (promise 7)."""
        return await readers.read_events(
            self._context, MESSAGES.c.conversation_id == conversation_id, MESSAGES.c.seq > after
        )

    async def news(self, conversation_id: str, after: int, known: int = 0) -> tuple[list[Event], Status]:
        """Read the messages after sequence number ``after`` (promise 7), and who answers now. Raises NotFound."""
        return await readers.read_news(self._context, conversation_id, after, known)

    async def status(self, conversation_id: str) -> Status:
        """Tell who answers now."""
        return await readers.read_status(self._context, conversation_id)

    async def answered(self, receipt: Accepted, timeout: float) -> list[Event]:  # noqa: ASYNC109
        """Wait until a message was worked on, at most ``timeout`` seconds; returns what was said to it.

        Empty at once when the bot is silent.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        async with self.feed.subscribe(conversation_topic(receipt.conversation_id)) as wakeups:
            while True:
                async with self._context.database.connect() as connection:
                    state = await connection.scalar(
                        select(MESSAGES.c.state).where(MESSAGES.c.id == receipt.message_id)
                    )
                left = deadline - asyncio.get_running_loop().time()
                if state != "pending" or left <= 0 or self.feed.closed:
                    return await readers.read_events(
                        self._context,
                        MESSAGES.c.conversation_id == receipt.conversation_id,
                        MESSAGES.c.reply_to == receipt.message_id,
                    )
                with suppress(FeedClosed):
                    await wakeups.wait(min(left, 1.0))

    async def erase_conversation(self, conversation_id: str) -> rights.Erased:
        """Delete a resident's conversation at their request; a sent case stays where the settings keep it.

        On a push channel the hub itself says a last message. Raises NotFound.
        """
        erased = await rights.erase(self._context, conversation_id)
        self.feed.wake(DESK, conversation_topic(conversation_id))
        self._outbox.wake()
        return erased

    async def export_conversation(self, conversation_id: str) -> Export:
        """Collect everything stored about a resident's conversation, for the resident. Raises NotFound."""
        return await rights.export(self._context, conversation_id)

    async def rate(self, conversation_id: str, score: int, comment: str = "") -> None:
        """Store a resident's rating, 1 to 5. Raises ValueError, TooLong or NotFound."""
        await ratings.rate(self._context, conversation_id, score, comment)
        self.feed.wake(DESK, conversation_topic(conversation_id))

    def resident_typing(self, conversation_id: str) -> None:
        """Tell the desk's readers that the resident is writing; nothing is stored.

        Readers subscribe to ``typing_topic(conversation_id, "resident")``; each wake-up counts for
        ``TYPING_SECONDS``.
        """
        self.feed.wake(typing_topic(conversation_id, "resident"))

    # -- staff

    async def staff_typing(self, staff: StaffRef, conversation_id: str) -> bool:
        """Tell the resident's channel that this employee is writing; False when the conversation is not theirs."""
        may_work(staff)
        async with self._context.database.connect() as connection:
            holder = await connection.scalar(
                select(CONVERSATIONS.c.staff_id).where(
                    CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.owner == "staff"
                )
            )
        if holder != staff.id:
            return False
        self.feed.wake(typing_topic(conversation_id, "staff"))
        return True

    async def queue(self, staff: StaffRef, *, watching: bool = False) -> list[QueueRow]:
        """List what waits and what staff hold; ``watching``: a page refreshes itself, no audit line."""
        return await queue.read_all(self._context, staff, watching=watching)

    async def conversation(
        self, staff: StaffRef, conversation_id: str, *, watching: bool = False, since: int | None = 1
    ) -> ConversationView:
        """Read a conversation from message ``since`` on (None: the newest ones); ``watching``: a page refreshes
        itself, no audit line. Raises NotFound.
        """
        return await readers.read_conversation(self._context, staff, conversation_id, watching=watching, since=since)

    async def claim(self, staff: StaffRef, conversation_id: str) -> ClaimResult:
        """Take a conversation over; exactly one wins. Raises NotFound."""
        result = await ownership.claim(self._context, staff, conversation_id)
        CLAIMS.labels("yes" if result.won else "no").inc()
        self._outbox.wake()
        return result

    async def hand_back(self, staff: StaffRef, conversation_id: str) -> bool:
        """Give the conversation back to the bot; False when it was not this person's."""
        done = await ownership.give_up(
            self._context, staff, conversation_id, owner="bot", notice="staff_left", action="hand_back"
        )
        self._outbox.wake()
        return done

    async def close(self, staff: StaffRef, conversation_id: str) -> bool:
        """End the conversation; False when it was not this person's."""
        done = await ownership.give_up(
            self._context,
            staff,
            conversation_id,
            owner="closed",
            notice="conversation_closed",
            action="close",
        )
        self._outbox.wake()
        return done

    async def reply(
        self, staff: StaffRef, conversation_id: str, text: str, client_id: str, *, quotes: int | None = None
    ) -> Event:
        """Say something to the resident on behalf of an employee; repeating ``client_id`` says it once.

        ``quotes``: the sequence number of the message that it answers to.

        Raises:
            NotFound: no such conversation.
            NotOwner: the conversation is not this person's (any more).
            NobodyThere: the resident has erased it; only the case is left.
            TooLong: longer than the limit.
            Forbidden: the role does not work on conversations.
        """
        may_work(staff)
        context = self._context
        limit = context.settings.message_limit
        if len(text) > limit:
            raise TooLong(limit)
        external_id = f"staff:{staff.id}:{conversation_id}:{client_id or uuid4().hex}"
        now = utc_now()
        try:
            async with context.database.write() as connection:
                locked = (
                    await connection.execute(
                        update(CONVERSATIONS)
                        .where(
                            CONVERSATIONS.c.id == conversation_id,
                            CONVERSATIONS.c.owner == "staff",
                            CONVERSATIONS.c.staff_id == staff.id,
                            CONVERSATIONS.c.channel != rights.ERASED,
                        )
                        .values(
                            last_seq=CONVERSATIONS.c.last_seq + 1,
                            unanswered_since=None,
                            queue_since=None,
                            held_since=now,
                            updated_at=now,
                        )
                        .returning(*CONVERSATIONS.c)
                    )
                ).first()
                if locked is None:
                    channel = await connection.scalar(
                        select(CONVERSATIONS.c.channel).where(CONVERSATIONS.c.id == conversation_id)
                    )
                    if channel == rights.ERASED:
                        raise NobodyThere(conversation_id)
                    raise NotFound(conversation_id) if channel is None else NotOwner(conversation_id)
                quote = await self._quote(connection, conversation_id, quotes)
                await context.writer(now).append(
                    connection,
                    locked,
                    [Body(text=mask(text).text, quote=quote)],
                    author="staff",
                    staff_id=staff.id,
                    external_id=external_id,
                    last_seq=locked.last_seq,
                )
                await audit(connection, now, staff.id, "reply", conversation_id)
        except IntegrityError:
            pass  # the same click a second time: the first one stands
        else:
            self.feed.wake(DESK, conversation_topic(conversation_id))
            self._outbox.wake()
        return (await readers.read_events(context, MESSAGES.c.external_id == external_id))[0]

    async def amend(self, staff: StaffRef, conversation_id: str, seq: int, text: str) -> Event:
        """Correct an own message; where it was sent already, the outbox changes it there too.

        Raises:
            NotFound: no such message, or it was taken back.
            NotOwner: it is not this person's.
            CannotChange: the channel does not take it.
            TooLong: longer than the limit.
        """
        event = await edits.amend(self._context, staff, conversation_id, seq, text)
        self._outbox.wake()
        return event

    async def retract(self, staff: StaffRef, conversation_id: str, seq: int) -> Event:
        """Take an own message back; where it was sent already, the outbox deletes it there too.

        Raises:
            NotFound: no such message, or it was taken back before.
            NotOwner: it is not this person's.
            CannotChange: the channel does not take it.
        """
        event = await edits.retract(self._context, staff, conversation_id, seq)
        self._outbox.wake()
        return event

    async def _quote(self, connection: AsyncConnection, conversation_id: str, seq: int | None) -> Quote | None:
        if seq is None:
            return None
        sealed = await connection.scalar(
            select(MESSAGES.c.body_enc).where(
                MESSAGES.c.conversation_id == conversation_id,
                MESSAGES.c.seq == seq,
                MESSAGES.c.retracted_at.is_(None),
            )
        )
        return Quote(excerpt(open_body(self._context.keyring, sealed).text), seq) if sealed is not None else None
