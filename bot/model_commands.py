"""The part of the ``mops`` command for maintainers: data, training, comparison, promotion."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
from sqlalchemy.engine import make_url

from bot.clock import utc_now
from bot.db.session import Database, StorageUnavailable
from bot.dialogue import catalogue, model
from bot.dialogue.catalogue import Model
from bot.dialogue.data_check import check_data
from bot.dialogue.gate import Verdict
from bot.dialogue.registry import Kind, Promotion, Registry
from bot.errors import StartupError
from bot.settings import Settings, load_settings

T = TypeVar("T")

WAIT_STEP_SECONDS = 0.5
_KINDS = {
    "first": "first model",
    "automatic": "by a start",
    "promote": "promoted",
    "rollback": "rolled back to",
}


class Refused(StartupError):
    """The gate, or the state of things, does not let a model be promoted."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; a database that is away is one sentence."""
    try:
        return asyncio.run(work)
    except StorageUnavailable:
        raise StartupError("The database cannot be reached.") from None


@asynccontextmanager
async def _registry(settings: Settings) -> AsyncIterator[Registry]:
    from bot.db import migrate

    await migrate.upgrade(settings.database)
    database = Database(settings.database)
    try:
        yield Registry(database)
    finally:
        await database.close()


async def _in_use(settings: Settings) -> Promotion | None:
    """Return the promotion that counts; does not make a database where there is none yet."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
        return None
    async with _registry(settings) as registry:
        return await registry.in_use()


# --- data and training ---


@click.group()
def data() -> None:
    """The training data."""


@data.command("check")
def data_check() -> None:
    """Name every mistake in the training data, with file and line."""
    settings = load_settings()
    found = check_data(settings.project_dir, settings.knowledge_dir)
    for warning in found.warnings:
        click.echo(f"warning: {warning}")
    for mistake in found.mistakes:
        click.echo(mistake, err=True)
    if found.mistakes:
        raise StartupError(f"The training data has {len(found.mistakes)} mistakes.")
    intents = len({example.intent for example in found.examples})
    click.echo(f"The training data is sound: {len(found.examples)} messages, {intents} intents.")


@click.command()
@click.option("--force", is_flag=True, help="Train even when a model fits the current data.")
@click.option("--path", "only_path", is_flag=True, help="Print where the model that fits is; does not train.")
def train(force: bool, only_path: bool) -> None:
    """Make a candidate from the current data and compare it with the model in use. It is not served yet."""
    settings = load_settings()
    fits = model.fitting(settings)
    if only_path:
        if fits is None:
            raise StartupError("No model fits the current data: mops train")
        click.echo(fits.path)
        return
    if fits is not None and not force:
        click.echo(f"{fits.name} fits the current data. (--force trains again.)")
    run(_make_candidate(settings, force))


async def _make_candidate(settings: Settings, force: bool) -> None:
    made = await model.train(settings, click.echo, again=force)
    in_use = await _in_use(settings)
    if in_use is None:
        click.echo("No model is in use yet; the first start takes this one.")
    elif in_use.model == made.name:
        click.echo("It is the model in use.")
    else:
        verdict = await _compared(settings, made, in_use)
        if verdict.passed:
            click.echo(f"It may take over from {in_use.model}: mops models promote {made.name}")
        else:
            click.echo(f"REFUSED: it may not take over from {in_use.model}. More: mops models show {made.name}")


async def _compared(settings: Settings, candidate: Model, in_use: Promotion | None) -> Verdict:
    from bot.dialogue.lifecycle import examine_candidate

    verdict = await examine_candidate(settings, candidate, in_use, click.echo)
    _tell(verdict)
    return verdict


def _tell(verdict: Verdict, most: int = 12) -> None:
    for name, now in verdict.figures.items():
        then = verdict.before.get(name)
        before = f" (in use {then['right']:.1f}, {then['wrong']:.1f})" if then else ""
        click.echo(f"  {name:28} right {now['right']:5.1f} %, wrong {now['wrong']:4.1f} %{before}")
    for line in verdict.told(most):
        click.echo(f"  {line}")


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("build/evaluation"), show_default=True)
@click.option("--folds", default=5, show_default=True, help="Parts of the cross-validation; 0 leaves it out.")
def evaluate(folder: Path, folds: int) -> None:
    """Measure how well the model for the current data understands: report.html and report.json."""
    from bot.dialogue.evaluation import evaluate as measure

    settings = load_settings()

    async def work() -> Path:
        made = await model.train(settings, click.echo)
        return await measure(settings, made, await _in_use(settings), folder.resolve(), folds, click.echo)

    click.echo(f"The report: {run(work())}")


# --- models ---


@click.group()
def models() -> None:
    """Trained models: which there are, which one serves, promotion and rollback."""


def _local(settings: Settings, moment: Any) -> str:
    return f"{moment.astimezone(ZoneInfo(settings.timezone)):%Y-%m-%d %H:%M}" if moment else "?"


@models.command("list")
def models_list() -> None:
    """List the models, newest first."""
    settings = load_settings()

    async def work() -> None:
        in_use = await _in_use(settings)
        fits = model.fingerprint(settings)
        found = catalogue.all_models(settings.models_dir)
        if in_use is not None and not any(one.name == in_use.model for one in found):
            click.echo(f"in use     {in_use.model}  (its file is not in {settings.models_dir})")
        for one in found:
            click.echo(_row(settings, one, in_use, fits))
        if not found:
            click.echo("There are no models yet: mops train")
        if in_use is not None:
            async with _registry(settings) as registry:
                for gateway in await registry.gateways():
                    click.echo(f"gateway {gateway.instance}: {gateway.model or 'no model'}, {gateway.state}")

    run(work())


def _row(settings: Settings, one: Model, in_use: Promotion | None, fits: str) -> str:
    card = one.card()
    words = []
    if in_use is not None and one.name == in_use.model:
        mark = "in use"
        words.append(f"since {_local(settings, in_use.at)}")
    elif card.verdict is not None and in_use is not None and card.verdict.get("against") == in_use.model:
        mark = "candidate" if card.verdict["passed"] else "refused"
    else:
        mark = ""
    if one.fingerprint == fits:
        words.append("fits the current data")
    if card.messages:
        words.append(f"{card.messages} messages")
    figures = (card.verdict or {}).get("figures", {})
    for name, short in (("unseen, as written", "unseen"), ("strangers, as written", "strangers")):
        if name in figures:
            words.append(f"{short} {figures[name]['right']:.1f} % right")
    return f"{mark:10} {one.name}  {', '.join(words)}"


@models.command("show")
@click.argument("name")
def models_show(name: str) -> None:
    """Show a model's figures, what speaks against it, and when it was in use. NAME may be a part, or "latest"."""
    settings = load_settings()
    one = catalogue.resolve(settings.models_dir, name)
    card = one.card()
    click.echo(f"{one.name}\n  file {one.path}")
    if card.trained_at:
        click.echo(f"  trained {_local(settings, card.trained_at)} in {card.seconds:.0f} s, {card.messages} messages")
    if one.fingerprint == model.fingerprint(settings):
        click.echo("  fits the current data")
    if card.verdict is not None:
        import msgspec

        verdict = msgspec.convert(card.verdict, Verdict)
        outcome = "passed the gate" if verdict.passed else "REFUSED"
        click.echo(f"  {outcome}, compared with {verdict.against or 'nothing'}")
        _tell(verdict, most=1000)

    async def history() -> list[Promotion]:
        if await _in_use(settings) is None:
            return []
        async with _registry(settings) as registry:
            return await registry.history()

    for entry in run(history()):
        if entry.model == one.name:
            words = [f"{_local(settings, entry.at)} {_KINDS.get(entry.kind, entry.kind)}: {entry.state}"]
            words += ["although refused"] if entry.forced else []
            words += [f"because: {entry.reason}"] if entry.reason else []
            words += [entry.failure] if entry.failure else []
            click.echo("  " + ", ".join(words))


@models.command("promote")
@click.argument("name")
@click.option("--force", is_flag=True, help="Promote although the gate refuses; needs a reason.")
@click.option("--reason", help="Why; is kept in the history.")
def models_promote(name: str, force: bool, reason: str | None) -> None:
    """Let a model take over, in running gateways too. NAME may be a part of a name, or "latest"."""
    settings = load_settings()
    _own_engine(settings)
    if force and not reason:
        raise StartupError("--force needs --reason, which is kept with the promotion.")
    one = catalogue.resolve(settings.models_dir, name)

    async def work() -> None:
        async with _registry(settings) as registry:
            in_use = await registry.in_use()
            if in_use is not None and in_use.model == one.name:
                click.echo(f"{one.name} is in use already.")
                return
            verdict = await _compared(settings, one, in_use)
            if not verdict.passed and not force:
                raise Refused(
                    f"{one.name} is refused; {in_use.model if in_use else 'nothing'} stays in use. "
                    f"Mend the data, or: mops models promote {one.name} --force --reason '…'"
                )
            await _put_in_use(settings, registry, one, "promote", reason, forced=not verdict.passed)

    run(work())


@models.command("rollback")
@click.option("--reason", help="Why; is kept in the history.")
def models_rollback(reason: str | None) -> None:
    """Go back to the model that was in use before."""
    settings = load_settings()
    _own_engine(settings)

    async def work() -> None:
        async with _registry(settings) as registry:
            earlier = await registry.previous()
            if earlier is None:
                raise Refused("There is no earlier model to go back to.")
            one = catalogue.by_name(settings.models_dir, earlier.model)
            if one is None:
                raise Refused(f"The earlier model, {earlier.model}, is not in {settings.models_dir}.")
            await _put_in_use(settings, registry, one, "rollback", reason, forced=False)

    run(work())


@models.command("prune")
@click.option("--keep", default=10, show_default=True, help="How many of the newest to keep.")
def models_prune(keep: int) -> None:
    """Delete old models. The one in use, the one before it and the one that fits the data stay."""
    settings = load_settings()

    async def kept() -> set[str]:
        if await _in_use(settings) is None:
            return set()
        async with _registry(settings) as registry:
            entries = (await registry.in_use(), await registry.previous())
            return {entry.model for entry in entries if entry is not None}

    needed = run(kept())
    fits = model.fitting(settings)
    needed |= {fits.name} if fits else set()
    for one in catalogue.all_models(settings.models_dir)[max(keep, 0) :]:
        if one.name not in needed:
            for path in (one.path, one.card_path, one.examination_path):
                path.unlink(missing_ok=True)
            click.echo(f"deleted {one.name}")


def _own_engine(settings: Settings) -> None:
    if settings.engine_url:
        raise Refused(
            "MOPS_ENGINE_URL is set: these engines are the operator's, and so is the change of their model. Start a "
            "new engine with 'rasa run --model FILE' beside the old ones ('mops models show NAME' prints the file), "
            "put its address in MOPS_ENGINE_URL, restart the gateways, then end the old engine."
        )


async def _put_in_use(
    settings: Settings, registry: Registry, one: Model, kind: Kind, reason: str | None, *, forced: bool
) -> None:
    """Write the promotion down and watch the running gateways follow."""
    number = await registry.record(one.name, kind, reason=reason, forced=forced)
    if not await registry.gateways():
        click.echo(f"{one.name} is in use from the next start on; no gateway runs now.")
        return
    click.echo(f"{one.name}: the running gateways start an engine with it beside the old one.")
    begun = utc_now()
    while (utc_now() - begun).total_seconds() < settings.engine_start_timeout + 30:
        entry = next(entry for entry in await registry.history() if entry.id == number)
        if entry.state == "failed":
            current = await registry.in_use()
            raise Refused(
                f"{one.name} does not work: {entry.failure}. "
                f"{current.model if current else 'The model before it'} goes on serving."
            )
        gateways = await registry.gateways()
        if all(gateway.model == one.name and gateway.state == "ready" for gateway in gateways):
            click.echo(f"{one.name} serves ({len(gateways)} {'gateway' if len(gateways) == 1 else 'gateways'}).")
            return
        await asyncio.sleep(WAIT_STEP_SECONDS)
    raise Refused(f"Not all gateways serve {one.name} yet: mops models list")
