"""The ownership state machine against a real database: whatever staff, resident and time do, in any order."""

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import case, select, update

from bot.clock import utc_now
from bot.hub import assignment, claims, ownership
from bot.hub.accept import create_conversation
from bot.hub.crisis import raise_alarm
from bot.hub.messages import NotOwner, StaffRef
from bot.hub.store import CONVERSATIONS, MESSAGES, STAFF
from tests.hub.quiet import Office

LONG_AGO = timedelta(hours=3)
WHO = strategies.integers(0, 2)


_office: list[Office] = []


def office() -> Office:
    if not _office:
        _office.append(Office())
    return _office[0]


def teardown_module() -> None:
    for made in _office:
        made.shut()
    _office.clear()


class Ownership(RuleBasedStateMachine):
    """``owner`` and ``holder`` are what ought to be in the database after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.office = office()
        self.context = self.office.context
        self.chat = f"c{id(self)}-{utc_now().timestamp()}"
        self.conversation = self.run(create_conversation(self.context, "rest", self.chat, greet=False))
        self.owner, self.holder = "bot", None
        self.said = 0

    def run(self, work: Any) -> Any:
        return self.office.run(work)

    def person(self, who: int) -> StaffRef:
        return self.office.people[who]

    async def row(self) -> Any:
        async with self.context.database.connect() as connection:
            query = select(CONVERSATIONS).where(CONVERSATIONS.c.id == self.conversation)
            return (await connection.execute(query)).one()

    # -- the resident

    @rule()
    def resident_asks_for_a_person(self) -> None:
        async def ask() -> None:
            row = await self.row()
            async with self.context.database.write() as connection:
                await ownership.ask_for_person(connection, self.context, row)

        if self.owner != "closed":  # a closed one is opened again first, by the message itself
            self.run(ask())
            self.owner = "waiting" if self.owner == "bot" else self.owner

    @rule()
    def resident_calls_the_assistant_back(self) -> None:
        async def back() -> None:
            row = await self.row()
            async with self.context.database.write() as connection:
                await ownership.call_assistant_back(connection, self.context, row)

        self.run(back())
        self.owner = "bot" if self.owner == "waiting" else self.owner

    @rule()
    def resident_is_in_danger(self) -> None:
        async def alarm() -> None:
            async with self.context.database.write() as connection:
                await raise_alarm(connection, self.context, self.conversation, utc_now())

        self.run(alarm())
        self.owner = "staff" if self.owner == "staff" else "bot"

    @rule()
    def resident_writes(self) -> None:
        now = utc_now()
        self.run(
            self.office.change(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.id == self.conversation, CONVERSATIONS.c.unanswered_since.is_(None))
                .values(unanswered_since=now)
            )
        )

    # -- staff

    @rule(first=WHO, second=WHO)
    def two_claim_at_once(self, first: int, second: int) -> None:
        async def race() -> list[Any]:
            return await asyncio.gather(
                ownership.claim(self.context, self.person(first), self.conversation),
                ownership.claim(self.context, self.person(second), self.conversation),
            )

        results = self.run(race())
        if self.owner in ("bot", "waiting"):
            self.owner = "staff"
            row = self.run(self.row())
            self.holder = next(n for n, one in enumerate(self.office.people) if one.id == row.staff_id)
            assert self.holder in (first, second)
        for who, result in zip((first, second), results, strict=True):
            assert result.won == (self.owner == "staff" and who == self.holder)
            if self.owner == "staff" and not result.won:
                assert result.owner_name == self.person(self.holder).name

    @rule(who=WHO, seen=WHO)
    def takes_over(self, who: int, seen: int) -> None:
        result = self.run(
            assignment.take_over(
                self.context,
                self.person(who),
                self.conversation,
                held_by=self.person(seen).id,
                reason="koniec dyżuru",
            )
        )
        allowed = self.owner == "staff" and self.holder == seen
        assert result.won == allowed
        if allowed:
            self.holder = who

    @rule(who=WHO, colleague=WHO)
    def assigns(self, who: int, colleague: int) -> None:
        result = self.run(
            assignment.assign(self.context, self.person(who), self.conversation, self.person(colleague))
        )
        allowed = self._may_give(who) and not (self.owner == "staff" and self.holder == colleague)
        assert result.won == allowed
        if allowed:
            self.owner, self.holder = "staff", colleague

    @rule(who=WHO)
    def assigns_to_a_team(self, who: int) -> None:
        allowed = self._may_give(who)
        result = self.run(assignment.assign_team(self.context, self.person(who), self.conversation, self.office.team))
        assert result.won == allowed
        if allowed:
            self.owner, self.holder = ("waiting" if self.owner == "staff" else self.owner), None
            row = self.run(self.row())
            assert row.team_id == self.office.team
            assert row.queue_since is not None

    def _may_give(self, who: int) -> bool:
        if self.owner == "staff":
            return self.holder == who or self.person(who).role == "coordinator"
        return self.owner in ("bot", "waiting")

    @rule(who=WHO, action=strategies.sampled_from(["release", "hand_back", "close", "reply"]))
    def does_what_only_the_holder_may(self, who: int, action: str) -> None:
        person, hub = self.person(who), self.office.hub
        allowed = self.owner == "staff" and self.holder == who
        if action == "reply":
            try:
                self.run(hub.reply(person, self.conversation, "Dzień dobry", f"click-{self.said}"))
                done = True
            except NotOwner:
                done = False
            self.said += 1
        elif action == "release":
            done = self.run(hub.work.release(person, self.conversation))
        else:
            done = self.run(getattr(hub, action)(person, self.conversation))
        assert done == allowed
        if allowed and action != "reply":
            self.owner = {"release": "waiting", "hand_back": "bot", "close": "closed"}[action]
            self.holder = None

    @rule(who=WHO)
    def resumes(self, who: int) -> None:
        result = self.run(assignment.resume(self.context, self.person(who), self.conversation))
        assert result.won == (self.owner == "closed")
        if result.won:
            self.owner, self.holder = "staff", who

    # -- time

    @precondition(lambda self: self.owner == "staff")
    @rule(away=strategies.booleans(), idle=strategies.booleans())
    def the_holder_leaves_it_alone(self, away: bool, idle: bool) -> None:
        now = utc_now()
        seen = now - LONG_AGO if away else now
        holder = self.person(self.holder).id

        async def pass_time() -> Any:
            await self.office.change(update(STAFF).where(STAFF.c.id == holder).values(present_at=seen))
            await self.office.change(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.id == self.conversation)
                .values(held_since=now - LONG_AGO if idle else now, unanswered_since=self._aged(idle, now))
            )
            before = await self.row()
            returned = await claims.return_lapsed(self.context)
            return before, self.conversation in returned

        before, returned = self.run(pass_time())
        waits = before.unanswered_since is not None
        assert returned == (idle and (away or waits))
        if returned:
            self.owner, self.holder = ("waiting" if waits else "bot"), None
            row = self.run(self.row())
            assert (row.queue_reason, row.queue_since is not None) == ("returned", True)

    def _aged(self, idle: bool, now: Any) -> Any:
        """A resident who waits, waits as long as the holder is idle."""
        return CONVERSATIONS.c.unanswered_since if not idle else self._older(now)

    @staticmethod
    def _older(now: Any) -> Any:
        waits = CONVERSATIONS.c.unanswered_since.is_not(None)
        return case((waits, now - LONG_AGO), else_=None)

    # -- always

    @invariant()
    def the_database_says_who_answers(self) -> None:
        row = self.run(self.row())
        assert row.owner == self.owner
        assert row.staff_id == (None if self.holder is None else self.person(self.holder).id)
        assert (row.held_since is not None) == (row.owner == "staff")

    @invariant()
    def who_waits_is_in_the_queue(self) -> None:
        row = self.run(self.row())
        if row.owner == "waiting":
            assert row.queue_since is not None
            assert row.queue_reason is not None
        if row.owner == "closed":
            assert row.queue_since is None

    @invariant()
    def messages_are_numbered_without_gaps(self) -> None:
        async def numbers() -> list[int]:
            async with self.context.database.connect() as connection:
                query = select(MESSAGES.c.seq).where(MESSAGES.c.conversation_id == self.conversation)
                return sorted(await connection.scalars(query))

        found = self.run(numbers())
        assert found == list(range(1, len(found) + 1))


Ownership.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestOwnership = Ownership.TestCase
