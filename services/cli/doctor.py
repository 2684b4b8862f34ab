"""`schoolgate doctor`: checks everything a deployment needs and says how to mend what is wrong."""

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from services.shared.errors import DependencyUnavailable, SchoolgateError, SettingsError
from services.shared.settings import StoreSettings, load

DETECTORS: Final = ("faces", "details", "abuse")
Check = Callable[[StoreSettings], Awaitable[str]]


def doctor(
    detectors: Annotated[bool, typer.Option(help="Also load each detector's models, which takes a while.")] = True,  # noqa: FBT002  # typer's way
) -> None:
    """Check settings, databases, Kafka, topics, store, accounts and models; exit status 1 when something is wrong."""
    sys.exit(0 if asyncio.run(examine(detectors=detectors)) else 1)


async def examine(*, detectors: bool) -> bool:
    """Run every check, print a line for each, and tell whether all is well."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = load(StoreSettings)
    except SettingsError as error:
        console.print(f"[red]wrong[/]  {escape(str(error))}")
        return False
    console.print("[green]right[/]  settings: complete")
    checks: dict[str, Check] = {
        "databases": databases,
        "Kafka": kafka,
        "content store": store,
        "accounts": accounts,
        "tokens": tokens,
    }
    if detectors:
        checks |= {f"detector {name}": _loads(name) for name in DETECTORS}
    well = True
    for name, check in checks.items():
        with console.status(f"{name} ..."):
            try:
                console.print(f"[green]right[/]  {name}: {await check(settings)}")
            except SchoolgateError as error:
                well = False
                console.print(f"[red]wrong[/]  {name}: {escape(str(error))}")
    return well


async def databases(settings: StoreSettings) -> str:
    """Check that each database answers and is migrated."""
    from services.shared.database import Database
    from services.shared.migrations import OWNERS, must_be_current

    for owner in OWNERS:
        database = Database(owner, settings.database_for(owner))
        try:
            await must_be_current(database)
        except DependencyUnavailable as error:
            raise DependencyUnavailable(f"{error}: check SCHOOLGATE_DATABASE_URL and that the server runs") from error
        finally:
            await database.close()
    return "all answer and are up to date"


async def kafka(settings: StoreSettings) -> str:
    """Check that the broker answers and has every declared topic."""
    from services.shared.kafka_admin import admin
    from services.shared.topics import DEAD_LETTER_SUFFIX, declaration

    def topics() -> set[str]:
        with admin(settings.kafka) as client:
            return set(client.list_topics())

    there = await asyncio.to_thread(topics)
    declared = [topic.name + end for topic in declaration().topics for end in ("", DEAD_LETTER_SUFFIX)]
    missing = [name for name in declared if settings.kafka.prefix + name not in there]
    if missing:
        raise SettingsError(
            f"{', '.join(missing)} missing: create what schemas/topics.yaml declares (deploy/k8s/kafka)"
        )
    return f"answers and has its {len(declared)} topics"


async def store(settings: StoreSettings) -> str:
    """Check that the content store can be written and read with this master key."""
    from services.shared.content_store import open_content_store

    content = open_content_store(settings)
    key = f"sch-{uuid.UUID(int=0).hex[:16]}/evidence/doctor"
    await content.put(key, b"probe")
    await content.get(key)
    await content.delete(key)
    return "can be written and read"


async def accounts(settings: StoreSettings) -> str:
    """Check that there are accounts to watch and somebody to tell, and that each token can be opened."""
    from services.register.reads import RegisterReader
    from services.shared.content_store import open_content_store
    from services.shared.database import Database

    database = Database("register", settings.database_for("register"))
    try:
        reader = RegisterReader(database, open_content_store(settings).keyring)
        watched = await reader.accounts()
        if not watched:
            raise SettingsError("nothing is watched: add one with `schoolgate register account`")
        for account in watched:
            await reader.token(account.account_id)
            if not await reader.users(account.school_id):
                raise SettingsError(f"nobody is told about {account.account_id}: `schoolgate register user`")
    finally:
        await database.close()
    return f"{len(watched)} watched, their tokens can be opened, somebody is told"


async def tokens(settings: StoreSettings) -> str:
    """Check that each platform accepts the token of each account."""
    from services.ingest.connectors.errors import PlatformError
    from services.ingest.main import platforms
    from services.ingest.polling.connections import Connections
    from services.ingest.settings import IngestSettings
    from services.register.reads import RegisterReader
    from services.shared.clock import SystemClock
    from services.shared.content_store import open_content_store
    from services.shared.database import Database

    database = Database("register", settings.database_for("register"))
    reader = RegisterReader(database, open_content_store(settings).keyring)
    clock = SystemClock()
    connections = Connections(reader, platforms(load(IngestSettings), clock), clock)
    refused = []
    try:
        for account in await reader.accounts():
            try:
                await connections.get(account.account_id)
            except PlatformError as error:
                refused.append(f"{account.platform} account {account.account_id}: {error}")
    finally:
        await connections.aclose()
        await database.close()
    if refused:
        raise SettingsError(f"{'; '.join(refused)}: give it a token with `schoolgate register account`")
    return "the platforms accept them"


def _loads(detector: str) -> Check:
    async def check(_: StoreSettings) -> str:
        if find_spec("pebble") is None:
            raise SettingsError(f"not installed here: install schoolgate[{detector}] where it runs")
        from services.analyze.engine import Engine

        engine = Engine(detector)
        try:
            info = await engine.start()
        finally:
            await asyncio.to_thread(engine.stop)
        return f"version {info.version}, model {info.model_version or 'none'}"

    return check
