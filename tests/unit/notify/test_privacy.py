import json
import logging as standard_logging
from email.policy import SMTP

import pytest
import structlog

from services.notify.channels.channel import Message
from services.notify.message import compose
from services.shared.database import Database
from services.shared.logging import configure
from tests.support.events import make_analysis, make_post
from tests.support.notify import World, finding

SECRETS = ("Quillfeather", "@quillfeather", "larkhollow.example", "Petra")
"""The name, handle and address that the register holds for the recipients."""


async def test_nothing_that_names_anybody_leaves_or_is_kept_in_plain_columns(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    root = standard_logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure("notify", "debug")
    try:
        world = World(database)
        post = make_post()
        await world.take(post, make_analysis(post, findings=(finding(post, "threat", subject_ref="pup-" + "0" * 16),)))
        await world.deliver.send_due()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    rows = [
        str(tuple(row)) for table in ("deliveries", "alert_generations", "alerts") for row in await world.rows(table)
    ]
    bodies = [message.alert.model_dump_json() for message in world.mail.taken]
    mails = [without_recipient(message) for message in world.mail.taken]
    logged = capsys.readouterr().out
    assert "delivery_attempted" in logged
    assert mails
    for text in (*rows, *bodies, *mails, logged):
        assert not [secret for secret in SECRETS if secret.casefold() in text.casefold()]


def without_recipient(message: Message) -> str:
    mail = compose(message, "alerts@schoolgate.example", "https://console.example")
    del mail["To"]
    return mail.as_string(policy=SMTP)


async def test_a_webhooks_body_has_ids_codes_and_times_only(world: World) -> None:
    post = make_post()
    await world.take(post, make_analysis(post, findings=(finding(post, "threat"),)))
    body = json.loads((await world.alerts())["general"].model_dump_json())
    texts = [value for values in body.values() for value in (values if isinstance(values, list) else [values])]
    assert not [text for text in texts if " " in str(text)]
