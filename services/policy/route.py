"""Who is told, when the message goes, and by when somebody must have answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.policy.calendar import send_at
from services.policy.profile import Profile


@dataclass(frozen=True)
class Route:
    """The roles to tell, in order; times in UTC. `respond_by` counts from the sending."""

    roles: tuple[str, ...]
    send_at: datetime
    respond_by: datetime


def route(profile: Profile, audience: str, severity: str, raised_at: datetime) -> Route:
    """Route an alert of this audience and severity (S1 to S4) that was raised at a moment with zone.

    Raises:
        KeyError: there is no such audience or severity.
    """
    sent = send_at(profile.calendar, profile.send[severity], raised_at)
    minutes = profile.respond_within_minutes[severity]
    return Route(profile.routes[audience][severity], sent, sent + timedelta(minutes=minutes))
