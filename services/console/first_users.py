"""The way in where nobody can sign in yet: a link with a token that works once, printed where operations see it."""

from services.policy.load import load_profile
from services.register.models import School, User
from services.register.reads import RegisterReader
from services.register.users import Users
from services.register.writes import RegisterWriter

FIRST_ROLE = "online_safety_lead"


async def setup_links(
    reader: RegisterReader, writer: RegisterWriter, users: Users, *, url: str, first_user_email: str
) -> list[str]:
    """Return a link for one user of each school in which nobody has a password.

    That is the school's online safety lead, else its first user; `first_user_email` is made the lead of a school
    without any users. Such a school gets no link when there is no such address.

    Raises:
        DependencyUnavailable: the register does not answer.
        InputRejected: the address is none, or it is taken.
    """
    links = []
    for school in await reader.schools():
        user = _first(school, await reader.users(school.school_id), first_user_email)
        if user is None:
            continue
        token = await users.ensure_first_user(
            writer, school.school_id, name=user.name, email=user.email, roles=user.roles
        )
        if token is not None:
            links.append(f"{url}/setup/{token}")
    return links


def _first(school: School, known: tuple[User, ...], email: str) -> User | None:
    if known:
        return next((user for user in known if FIRST_ROLE in user.roles), known[0])
    if not email:
        return None
    roles = load_profile(school.profile).roles
    return User("", school.school_id, roles.get(FIRST_ROLE, "First user"), email, (FIRST_ROLE,))
