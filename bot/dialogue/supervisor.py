"""Keeps one engine running with the model in use, and changes to another model without losing a message."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from bot.db.session import StorageUnavailable
from bot.dialogue import model
from bot.dialogue.client import Engine
from bot.dialogue.lifecycle import examine_candidate, model_of
from bot.dialogue.process import NotUsable, RasaProcess
from bot.dialogue.registry import Promotion, Registry, in_use_after
from bot.errors import StartupError
from bot.settings import Settings

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the registry is looked at: a promotion is noticed that soon."""

SIGN_OF_LIFE_SECONDS = 5.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
RETRY_SWITCH_SECONDS = 60.0


class EngineProcess:
    """The gateway's own engine. ``state`` says what it is doing, for ``/health/ready``."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        token: str,
        registry: Registry,
        instance: str,
        report: Callable[[str], None],
    ) -> None:
        """Prepare; ``engine`` is the client that is pointed at the process once it works."""
        self._settings = settings
        self._engine = engine
        self._token = token
        self._registry = registry
        self._instance = instance
        self._report = report
        self._actions_url = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._serving: RasaProcess | None = None
        self._beside: RasaProcess | None = None
        self._not_before: dict[int, float] = {}
        self._missing: str | None = None
        self.state = "starting"

    def start(self, actions_url: str, fatal: Callable[[StartupError], None]) -> None:
        """Train if needed, then run; ``fatal`` is told when there can be no model."""
        self._actions_url = actions_url
        self._tasks = [asyncio.create_task(self._run(fatal), name="engine")]

    async def stop(self) -> None:
        """End everything, kindly first."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for process in (self._beside, self._serving):
            if process is not None:
                await process.end()
        with suppress(StorageUnavailable):
            await self._registry.forget(self._instance)

    @property
    def model(self) -> str | None:
        """Name of the model that serves."""
        return self._serving.model.name if self._serving is not None else None

    # --- which model ---

    async def _run(self, fatal: Callable[[StartupError], None]) -> None:
        try:
            wanted = await self._first()
        except StartupError as error:
            self.state = "failed"
            fatal(error)
            return
        self._tasks.append(asyncio.create_task(self._sign_of_life(), name="sign-of-life"))
        if model.fingerprint(self._settings) != _fingerprint_in(wanted):
            self._tasks.append(asyncio.create_task(self._renew(wanted), name="renew-model"))
        try:
            await self._supervise(wanted)
        except Exception:
            logger.exception("Nobody looks after the engine any more")
            fatal(StartupError("The engine's supervision failed; see the log."))

    async def _first(self) -> Promotion:
        """Return the promotion to begin with; the first model ever is made and put in use here."""
        wanted = await self._in_use()
        if wanted is not None and model_of(self._settings, wanted) is not None:
            return wanted
        if wanted is not None:
            for earlier in reversed(in_use_after(await self._registry.history())):
                if model_of(self._settings, earlier) is not None:
                    self._report(f"The model in use, {wanted.model}, is not in {self._settings.models_dir}.")
                    return await self._promoted(earlier.model, "automatic", "the model in use was missing")
            self._report(f"No promoted model is in {self._settings.models_dir}; beginning anew.")
        self.state = "training"
        made = model.fitting(self._settings) or await model.train(self._settings, self._report)
        return await self._promoted(made.name, "first" if wanted is None else "automatic", None)

    async def _promoted(self, name: str, kind: str, reason: str | None) -> Promotion:
        await self._registry.record(name, "first" if kind == "first" else "automatic", reason=reason)
        entry = await self._registry.in_use()
        if entry is None:  # pragma: no cover - it was written just now
            raise StartupError("The model could not be put in use.")
        return entry

    async def _in_use(self) -> Promotion | None:
        """Ask until the database answers: without it nothing can be served anyway."""
        while True:
            try:
                return await self._registry.in_use()
            except StorageUnavailable:
                await asyncio.sleep(LOOK_SECONDS)

    async def _renew(self, in_use: Promotion) -> None:
        """Make a candidate of data that has changed since the model in use, and promote it if the gate lets it."""
        self._report(f"The data has changed since {in_use.model}, which serves meanwhile.")
        try:
            made = model.fitting(self._settings) or await model.train(self._settings, self._report)
            history = await self._registry.history()
            if any(entry.model == made.name for entry in history):
                self._report(
                    f"{made.name} fits the data and was in use before. It is not put in use again by itself: "
                    f"mops models promote {made.name}"
                )
                return
            verdict = await examine_candidate(self._settings, made, in_use, self._report)
            for line in verdict.told():
                self._report(f"  {line}")
            if not verdict.passed:
                self._report(
                    f"{made.name} is refused; {in_use.model} stays in use. More: mops models show {made.name}"
                )
                return
            current = await self._registry.in_use()
            if current is not None and current.id != in_use.id:
                self._report(f"Another model was promoted meanwhile; {made.name} waits as a candidate.")
                return
            await self._registry.record(made.name, "automatic", reason="the data changed")
            self._report(f"{made.name} passed the gate and takes over.")
        except StartupError as error:
            self._report(f"{error}\n{in_use.model} stays in use.")
        except StorageUnavailable:
            self._report("The database was away; the next start tries again.")

    # --- the process ---

    def _child(self, promotion: Promotion) -> RasaProcess | None:
        found = model_of(self._settings, promotion)
        if found is None:
            if self._missing != promotion.model:
                self._missing = promotion.model
                logger.error("%s was promoted but is not in %s.", promotion.model, self._settings.models_dir)
            return None
        return RasaProcess(self._settings, self._engine, self._token, self._actions_url, found)

    async def _supervise(self, wanted: Promotion) -> None:
        wait = FIRST_WAIT
        loop = asyncio.get_running_loop()
        while True:
            self.state = "starting"
            begun = loop.time()
            if await self._bring_up(wanted):
                self._report(f"The engine is ready ({loop.time() - begun:.0f} s) with {wanted.model}.")
                wait = FIRST_WAIT
                wanted = await self._serve(wanted, begun)
                self.state = "starting"
                continue
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            wanted = await self._in_use() or wanted

    async def _bring_up(self, wanted: Promotion) -> bool:
        """Start an engine where none serves."""
        process = self._child(wanted)
        if process is None:
            return False
        self._serving = process
        try:
            await process.start()
        except NotUsable as error:
            logger.error("The engine does not start with %s: %s. More in %s.", wanted.model, error, process.log_path)
            if await self._registry_failed(wanted, str(error)):
                self._report(f"{wanted.model} does not work ({error}); the model before it stays in use.")
            return False
        self._engine.urls = [process.url]
        self.state = "ready"
        await self._registry_serves(wanted)
        return True

    async def _serve(self, current: Promotion, begun: float) -> Promotion:
        """Watch the serving engine until it has to be started again; changes models on the way."""
        while (process := self._serving) is not None:
            if await process.ended(LOOK_SECONDS):
                logger.error(
                    "The engine ended (exit code %s: %s) and is started again in %.1f s; messages wait. More in %s.",
                    process.exit_code,
                    process.last_words(),
                    FIRST_WAIT,
                    process.log_path,
                )
                await asyncio.sleep(FIRST_WAIT)
                return current
            try:
                wanted = await self._registry.in_use()
            except StorageUnavailable:
                continue
            if wanted is None or wanted.id == current.id or self._too_early(wanted):
                continue
            if wanted.model == process.model.name:
                await self._registry_serves(wanted)
                current = wanted
            elif await self._change(process, wanted):
                current = wanted
        return current

    def _too_early(self, wanted: Promotion) -> bool:
        return asyncio.get_running_loop().time() < self._not_before.get(wanted.id, 0.0)

    async def _change(self, old: RasaProcess, wanted: Promotion) -> bool:
        """Start the new engine beside the old one, prove it, lead all turns to it, let the old one finish and end."""
        self._not_before[wanted.id] = asyncio.get_running_loop().time() + RETRY_SWITCH_SECONDS
        new = self._child(wanted)
        if new is None:
            return False
        self._beside = new
        self._report(f"Starting {wanted.model} beside {old.model.name}, which serves until then.")
        try:
            await new.start()
            await new.prove_turn()
        except NotUsable as error:
            self._beside = None
            if await self._registry_failed(wanted, str(error)):
                self._report(f"{wanted.model} does not work ({error}). {old.model.name} goes on serving.")
            else:
                logger.error("%s does not start here (%s); %s goes on.", wanted.model, error, old.model.name)
            return False
        self._engine.urls = [new.url]
        self._serving, self._beside = new, old
        await self._registry_serves(wanted)
        await self._engine.drained(old.url)
        await old.end()
        self._beside = None
        self._report(f"{wanted.model} serves; {old.model.name} has ended.")
        return True

    # --- what is written down ---

    async def _registry_serves(self, promotion: Promotion) -> None:
        with suppress(StorageUnavailable):
            await self._registry.serves(promotion.id)
            await self._registry.report(self._instance, self.model, self.state)

    async def _registry_failed(self, promotion: Promotion, why: str) -> bool:
        try:
            # The last model there is must not be taken away: it is tried again instead.
            alone = await self._registry.previous() is None
            return not alone and await self._registry.failed(promotion.id, why)
        except StorageUnavailable:
            return False

    async def _sign_of_life(self) -> None:
        while True:
            with suppress(StorageUnavailable):
                await self._registry.report(self._instance, self.model, self.state)
            await asyncio.sleep(SIGN_OF_LIFE_SECONDS)


def _fingerprint_in(promotion: Promotion) -> str:
    """Return the fingerprint in a model's name."""
    return promotion.model.rpartition("-")[2]
