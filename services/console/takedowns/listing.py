"""What an audit found should come down, as far as the person who asks may read it."""

from services.casebook.audits import takedowns
from services.console.context import Console, Person
from services.console.takedowns import table
from services.register.models import Audit


async def to_csv(console: Console, person: Person, audit: Audit) -> str:
    """Return the posts of an audit that this person may read about, the worst first.

    Raises:
        DependencyUnavailable: a database or the content store does not answer.
    """
    async with console.casebook.reading() as connection:
        found = await takedowns(connection, person.viewer, audit.run_id)
    return await table.to_csv(found, person.school, await console.register.accounts(), console.store)
