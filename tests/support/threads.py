"""Comments below one post, for the tests of what many people write about it."""

from typing import Any

from schemas import ids
from schemas.post import Post
from services.casebook.queue import STATES, Case, list_cases
from tests.support.events import ACCOUNT, make_analysis, make_post
from tests.support.notify import EVERYTHING, World, finding

ROOT = ids.post_id(ACCOUNT, "1000")


def comment(number: int, **changes: Any) -> Post:
    return make_post(number, **({"root_id": ROOT, "parent_id": ROOT} | changes))


async def say(world: World, post: Post, *categories: str) -> None:
    """Let a post and what is found in it arrive."""
    found = tuple(finding(post, category) for category in categories)
    await world.take(post, make_analysis(post, findings=found))


async def cases(world: World, audience: str = "general") -> list[Case]:
    async with world.database.reading() as connection:
        return [one for one in await list_cases(connection, EVERYTHING, states=STATES) if one.audience == audience]


async def mailed(world: World, role: str = "online_safety_lead") -> list[tuple[int, str]]:
    """Return how many posts and which severity the messages to a role's user named, the fewest posts first."""
    while await world.deliver.send_due():
        pass
    sent = [message.alert for message in world.mail.taken if message.address == f"{role}@larkhollow.example"]
    return sorted((alert.posts, alert.severity) for alert in sent)
