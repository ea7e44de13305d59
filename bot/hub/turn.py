"""One message's turn: decide who answers, ask the engine, commit what is said (promises 3, 4 and 6)."""

import logging
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.db.session import StorageUnavailable
from bot.dialogue.client import EngineFailed, EngineUnavailable, Turn
from bot.hours import describe
from bot.hub.body import Body, IssuedButton, open_body
from bot.hub.cases import create_case
from bot.hub.context import Context
from bot.hub.crisis import MODEL_THRESHOLD, crisis_card, raise_alarm
from bot.hub.feed import DESK
from bot.hub.history import record
from bot.hub.messages import NotFound
from bot.hub.ownership import ask_for_person, call_assistant_back, enqueue, reopen
from bot.hub.phrases import (
    ANSWER_ANYWAY,
    ASSISTANT,
    BACK_TO_FORM,
    ERASE,
    ERASE_ASK,
    ERASE_NO,
    EXPORT,
    PERSON,
    RIGHTS,
    asks_for_person_abroad,
    calls_assistant_back,
)
from bot.hub.rights import ask_before_erasing, erase, summarise
from bot.hub.store import CONVERSATIONS, MESSAGES, Writer
from bot.hub.tally import ending
from bot.hub.turn_statements import WORKED_ON, closing
from bot.metrics import TURNS
from bot.safety import crisis, language

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5

Outcome = Literal["done", "later"]

_ONLY_MASKED = re.compile(r"(?:[^\W\d]+[\s:,.-]+){0,4}(?:\[ukryto: [^\]]+\][\s,.;]*)+")
"""A masked number with at most a few words in front of it, such as "mój pesel to"."""


class _AlreadyDone(Exception):
    """Another process has worked on the message meanwhile: everything this one did is rolled back."""


@dataclass(slots=True)
class Plan:
    """What a turn will commit."""

    replies: list[Body] = field(default_factory=list)
    author: str = "bot"
    lang: str | None = None
    commands: list[dict[str, Any]] = field(default_factory=list)
    turn: Turn | None = None
    bot_must_own: bool = True
    state: str = "done"
    alarm: bool = False
    """The crisis card went out before."""


async def take_turn(context: Context, conversation: Any, message: Any) -> Outcome:
    """Work on one pending message of a conversation whose lease this process holds."""
    try:
        body = open_body(context.keyring, message.body_enc)
        if body.payload == ERASE:
            # Nothing is left to answer in: the channel sees that the conversation is gone.
            with suppress(NotFound):
                await erase(context, conversation.id)
            context.feed.wake(DESK)
            return "done"
        plan = await _plan(context, conversation, message, body)
        if await _commit(context, conversation, message, plan):
            _count(context, conversation, plan)
    except EngineUnavailable:
        await _postpone(context, conversation, message, failed=False)
        TURNS.labels("engine away").inc()
        return "later"
    except StorageUnavailable:
        raise
    except _AlreadyDone:
        async with context.database.write() as connection:
            await _release(connection, context, conversation.id)
        return "done"
    except Exception as error:
        # Whatever is wrong with this very message must not hold up the conversation for ever.
        if message.attempts + 1 < MAX_ATTEMPTS:
            await _postpone(context, conversation, message, failed=True)
            return "later"
        logger.error(
            "The turn of message %s failed %d times; the resident was told and offered a person. "
            "See the engine's log at this time.",
            message.id,
            MAX_ATTEMPTS,
            exc_info=None if isinstance(error, EngineFailed) else error,
        )
        told = context.writer().answer(context.knowledge.notice("turn_failed"))
        plan = Plan(replies=[told], author="system", state="failed")
        if await _commit(context, conversation, message, plan):
            _count(context, conversation, plan)
        TURNS.labels("failed").inc()
        return "done"
    TURNS.labels("done").inc()
    return "done"


async def _plan(context: Context, conversation: Any, message: Any, body: Body) -> Plan:
    writer = context.writer()
    knowledge = context.knowledge
    payload = body.payload
    if message.kind == "edited":
        return Plan(bot_must_own=False)  # for staff to read: what it changes was never here
    if message.kind not in ("text", "button", "command"):
        declined = knowledge.notice("attachment_declined", kind=message.kind)
        return Plan(replies=[writer.answer(declined)], author="system", bot_must_own=False)
    if payload is not None and payload.startswith("hub:"):
        return await _hub_payload(context, conversation, message, payload)
    if conversation.owner == "waiting" and payload == BACK_TO_FORM:
        # Who leaves a case instead of waiting needs the assistant for its questions.
        async with context.database.write() as connection:
            await call_assistant_back(connection, context, conversation)
            conversation = await _reload(connection, conversation.id)
    if conversation.owner in ("waiting", "staff"):
        return await _while_silent(context, conversation, message, body)
    if payload is None and crisis.detect(body.text) is not None:
        # The card went out when the message was accepted.
        return Plan(bot_must_own=False, alarm=True)
    foreign = language.detect(body.text) if payload is None else None
    if payload is None and asks_for_person_abroad(body.text):
        mark = [{"language": foreign or "en", "quiet": True}] if foreign or conversation.language is None else []
        return Plan(commands=[*mark, {"handoff": "person"}])
    if foreign is not None:
        return Plan(commands=[{"language": foreign}])
    if body.masked and conversation.active_form is None and _ONLY_MASKED.fullmatch(body.text):
        return Plan(bot_must_own=False)  # the notice about it says all there is to say
    return await _ask_engine(context, conversation, body.text, payload, interrupt=conversation.interrupted)


async def _hub_payload(context: Context, conversation: Any, message: Any, payload: str) -> Plan:
    with_bot = conversation.owner in ("bot", "closed")
    if payload == PERSON:
        return Plan(commands=[{"handoff": "person"}], bot_must_own=with_bot)
    if payload == ASSISTANT:
        return Plan(commands=[{"assistant": True}], bot_must_own=with_bot)
    if payload in (ERASE_ASK, EXPORT):
        right = "erase" if payload == ERASE_ASK else "export"
        return Plan(commands=[{"right": right}], author="system", bot_must_own=False)
    if payload == ERASE_NO:
        told = context.writer().answer(context.knowledge.notice("erase_cancelled"))
        return Plan(replies=[told], author="system", bot_must_own=False)
    if payload == "hub:opening" and with_bot:
        opening = context.knowledge.notice("opening")
        return Plan(replies=[context.writer().answer(opening)])
    if payload.startswith(ANSWER_ANYWAY) and with_bot:
        async with context.database.connect() as connection:
            sealed = await connection.scalar(
                select(MESSAGES.c.body_enc).where(
                    MESSAGES.c.conversation_id == conversation.id,
                    MESSAGES.c.seq == int(payload.removeprefix(ANSWER_ANYWAY)),
                )
            )
        if sealed is not None:
            earlier = open_body(context.keyring, sealed).text
            # A form that no turn has closed since is where it was, and the message was an answer to it.
            plan = await _ask_engine(context, conversation, earlier, None, interrupt=False)
            # It was said to be no emergency: the model's alarm is not raised over it again.
            if any("crisis" in command for command in plan.commands):
                return await _ask_engine(context, conversation, "", "/pomoc", interrupt=False)
            return plan
    return Plan(bot_must_own=False)


async def _while_silent(context: Context, conversation: Any, message: Any, body: Body) -> Plan:
    """A person is asked for or answers: the bot says nothing, but danger is still looked for."""
    if body.payload is None:
        if conversation.owner == "waiting" and calls_assistant_back(body.text):
            return Plan(commands=[{"assistant": True}], bot_must_own=False)
        if crisis.detect(body.text) is None:
            try:
                guess = (await context.engine.parse(conversation.id, body.text)).intent
            except (EngineUnavailable, EngineFailed):
                return Plan(bot_must_own=False)
            if guess.name == "kryzys" and guess.confidence >= MODEL_THRESHOLD:
                return Plan(commands=[{"crisis": "ogolny"}], author="system", bot_must_own=False)
            if guess.name in RIGHTS and guess.confidence >= MODEL_THRESHOLD:
                return Plan(commands=[{"right": RIGHTS[guess.name]}], author="system", bot_must_own=False)
    return Plan(bot_must_own=False)


async def _ask_engine(
    context: Context, conversation: Any, text: str, payload: str | None, *, interrupt: bool
) -> Plan:
    fresh = conversation.owner == "closed"
    stretch = conversation.stretch + 1 if fresh else conversation.stretch
    tracker = (
        context.keyring.decrypt(conversation.tracker_enc)
        if conversation.tracker_enc is not None and not fresh
        else None
    )
    turn = await context.engine.turn(
        f"{conversation.id}:{stretch}",
        text=text,
        payload=payload,
        tracker=tracker,
        interrupt=interrupt,
        channel=conversation.channel,
    )
    plan = Plan(turn=turn)
    for reply in turn.replies:
        command = reply.custom.get("mops")
        if isinstance(command, dict):
            plan.commands.append(command)
        if reply.text:
            buttons = [IssuedButton(b.title, b.payload) for b in reply.buttons]
            plan.replies.append(Body(text=reply.text, buttons=buttons))
    if not plan.replies and not plan.commands:
        raise EngineFailed("no reply")
    return plan


def _count(context: Context, conversation: Any, plan: Plan) -> None:
    """Count how the turn ended, for the statistics."""
    if conversation.owner not in ("bot", "closed"):
        return
    end = ending(
        plan.commands,
        plan.turn,
        in_form=conversation.active_form is not None,
        alarm=plan.alarm,
        failed=plan.state == "failed",
    )
    if end is not None:
        context.tallies.add(context.today().date(), conversation.channel, *end)


async def _commit(context: Context, conversation: Any, message: Any, plan: Plan) -> bool:
    """Write everything in the one transaction that checks that the bot still owns the conversation.

    False: somebody else owns it, and nothing was said.
    """
    now = utc_now()
    # Read before the transaction: it looks through the whole conversation.
    copies = [await summarise(context, conversation.id) for one in plan.commands if one.get("right") == "export"]
    plan.replies += [body for copy in copies for body in copy]
    writer = context.writer(now)
    async with context.database.write() as connection:
        row = conversation
        if conversation.owner == "closed" and plan.bot_must_own and await reopen(connection, conversation.id):
            row = await _reload(connection, conversation.id)
        told: dict[str, Any] = {
            "conversation": conversation.id,
            "instance": context.instance,
            "stretch_was": row.stretch,
            "said": len(plan.replies),
            "at": now,
        }
        if plan.turn is not None:
            # Who leaves a form for a person finds it again when the assistant is called back.
            leaves = any("handoff" in command for command in plan.commands)
            told["form"] = conversation.active_form if leaves else plan.turn.active_form
            if plan.turn.tracker is not None:
                told["tracker"] = context.keyring.encrypt(plan.turn.tracker)
        statement = closing(
            bot_must_own=plan.bot_must_own,
            answers=bool(plan.replies or plan.commands),
            by_engine=plan.turn is not None,
            with_tracker="tracker" in told,
            # Else a crisis that came meanwhile has set it for the next turn.
            resumes=plan.turn is not None and conversation.interrupted,
        )
        locked = (await connection.execute(statement, told)).first()
        if locked is None:
            await _stay_silent(connection, context, conversation.id, message.id)
            return False
        done = await connection.execute(WORKED_ON, {"message": message.id, "outcome": plan.state})
        if done.rowcount == 0:
            raise _AlreadyDone
        await writer.append(
            connection,
            locked,
            plan.replies,
            author=plan.author,
            reply_to=message.id,
            lang=plan.lang,
            last_seq=locked.last_seq,
        )
        for command in plan.commands:
            await _obey(connection, context, writer, locked, message, command, conversation.active_form)
    if plan.commands:
        context.feed.wake(DESK)
    return True


async def _stay_silent(connection: AsyncConnection, context: Context, conversation_id: str, message_id: str) -> None:
    """A person took over (or another process has the lease): the bot's answer is thrown away."""
    if await _release(connection, context, conversation_id):
        await connection.execute(update(MESSAGES).where(MESSAGES.c.id == message_id).values(state="done"))


async def _release(connection: AsyncConnection, context: Context, conversation_id: str) -> bool:
    """Give the lease back; False when it was not this process's any more."""
    released = await connection.execute(
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.lease_by == context.instance)
        .values(lease_by=None, lease_until=None)
    )
    return released.rowcount == 1


async def _obey(
    connection: AsyncConnection,
    context: Context,
    writer: Writer,
    conversation: Any,
    message: Any,
    command: dict[str, Any],
    form_before: str | None,
) -> None:
    """Carry out one command, inside the transaction of the replies it came with."""
    now = writer.now
    knowledge = context.knowledge
    said: list[Body] = []
    lang: str | None = None
    if "handoff" in command:
        said = await ask_for_person(connection, context, conversation)
    elif "assistant" in command:
        said = await call_assistant_back(connection, context, conversation)
    elif command.get("right") == "erase":
        said = [writer.answer(await ask_before_erasing(connection, context, conversation.id))]
    elif "crisis" in command:
        await raise_alarm(connection, context, conversation.id, now)
        said = [crisis_card(context, str(command["crisis"]), message.seq, in_form=form_before is not None)]
    elif "language" in command:
        lang = str(command["language"])
        await connection.execute(
            update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation.id).values(language=lang)
        )
        said = [] if command.get("quiet") else [writer.answer(knowledge.notice(f"card_{lang}"))]
    elif "case" in command:
        number = await create_case(connection, context, conversation.id, command["case"], now)
        urgent = command["case"].get("pilnosc") == "pilna"
        await enqueue(connection, context, conversation.id, now, "case", urgent=urgent)
        await record(
            connection, context.keyring, now, conversation.id, None, "urgent_case" if urgent else "case_sent"
        )
        await connection.execute(
            update(CONVERSATIONS)
            .where(CONVERSATIONS.c.id == conversation.id)
            .values(topic_enc=context.keyring.encrypt(str(command["case"].get("temat") or "inne")))
        )
        if urgent:
            next_step = knowledge.notice("next_step_urgent")
        elif context.hours.is_open(now):
            next_step = knowledge.notice("next_step_open")
        else:
            opening = describe(context.hours.next_opening(now), now)
            next_step = knowledge.notice("next_step_closed", next_open=opening)
        said = [writer.answer(knowledge.notice("case_sent", number=number, next_step=next_step.text))]
    if said:
        await writer.append(connection, conversation, said, author="system", reply_to=message.id, lang=lang)


async def _reload(connection: AsyncConnection, conversation_id: str) -> Any:
    return (await connection.execute(select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id))).one()


async def _postpone(context: Context, conversation: Any, message: Any, *, failed: bool) -> None:
    """Leave the message waiting. Past the limit the resident is told once and offered a person."""
    now = utc_now()
    limit = timedelta(seconds=context.settings.engine_patience)
    tell = not failed and not conversation.delay_told and now - message.created_at > limit
    async with context.database.write() as connection:
        await connection.execute(
            update(CONVERSATIONS)
            .where(CONVERSATIONS.c.id == conversation.id, CONVERSATIONS.c.lease_by == context.instance)
            .values(lease_by=None, lease_until=None)
        )
        if failed:
            await connection.execute(
                update(MESSAGES).where(MESSAGES.c.id == message.id).values(attempts=MESSAGES.c.attempts + 1)
            )
        if tell:
            told = await connection.execute(
                update(CONVERSATIONS)
                .where(
                    CONVERSATIONS.c.id == conversation.id,
                    CONVERSATIONS.c.owner == "bot",
                    CONVERSATIONS.c.delay_told.is_(False),
                )
                .values(delay_told=True)
            )
            if told.rowcount:
                writer = context.writer(now)
                notice = writer.answer(context.knowledge.notice("engine_delayed"))
                await writer.append(connection, conversation, [notice], author="system")
    if tell:
        logger.warning("Messages wait for the engine for more than %.0f s. Is it running?", limit.total_seconds())
