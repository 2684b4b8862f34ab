"""Identifiers: opaque, deterministic, never a handle, a URN or a name.

Every identifier has a pattern, so that nothing but an identifier fits into the field that carries it.
"""

import hashlib
from typing import Annotated

from pydantic import StringConstraints

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
SchoolId = Annotated[str, StringConstraints(pattern=r"^sch-[0-9a-f]{16}$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^acc-[0-9a-f]{16}$")]
PupilRef = Annotated[str, StringConstraints(pattern=r"^pup-[0-9a-f]{16}$")]
RunId = Annotated[str, StringConstraints(pattern=r"^run-[0-9a-f]{16}$")]
CaseId = Annotated[str, StringConstraints(pattern=r"^cas-[0-9a-f]{16}$")]
PostId = Annotated[str, StringConstraints(pattern=r"^acc-[0-9a-f]{16}:[0-9A-Za-z_-]{1,96}$")]
"""`account:object`, the object as the platform numbers it."""
RevisionId = Annotated[
    str, StringConstraints(pattern=r"^acc-[0-9a-f]{16}:[0-9A-Za-z_-]{1,96}:[0-9]{1,9}:[0-9a-f]{12}$")
]
"""`post:number:hash12`, the hash being that of the content."""
BlobKey = Annotated[
    str, StringConstraints(pattern=r"^sch-[0-9a-f]{16}/(content|media|evidence)/[0-9A-Za-z:._-]{1,160}$")
]
"""Where the content store keeps a blob: `<school>/<kind>/<name>`."""
AttachmentKey = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,96}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
ClauseId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9.-]{0,31}$")]


def digest(*parts: str | int) -> str:
    """Hash the parts to 32 hexadecimal digits; lengths are hashed too, so that no two lists of parts join alike."""
    joined = "".join(f"{len(str(part))}:{part}" for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:32]


def _short(prefix: str, *parts: str | int) -> str:
    return f"{prefix}-{digest(prefix, *parts)[:16]}"


def school_id(*parts: str) -> SchoolId:
    """Derive a school's id from what identifies it (for example its establishment number)."""
    return _short("sch", *parts)


def account_id(school: SchoolId, platform: str, platform_account: str) -> AccountId:
    """Derive an account's id from the school that owns it and the platform's own id for it."""
    return _short("acc", school, platform, platform_account)


def pupil_ref(school: SchoolId, admission_no: str) -> PupilRef:
    """Derive a pupil's reference; the register alone can say who is meant."""
    return _short("pup", school, admission_no)


def case_id(*parts: str) -> CaseId:
    """Derive a case's id."""
    return _short("cas", *parts)


def run_id(*parts: str | int) -> RunId:
    """Derive the id of a run: an audit of an account, or the rechecks that one change of a register causes."""
    return _short("run", *parts)


def post_id(account: AccountId, platform_object: str) -> PostId:
    """Name a post by its account and the platform's id for the object."""
    return f"{account}:{platform_object}"


def revision_id(post: PostId, number: int, content_hash: str) -> RevisionId:
    """Name one observed state of a post; `content_hash` is a hexadecimal digest."""
    return f"{post}:{number}:{content_hash[:12]}"


def check_id(revision: RevisionId, trigger: str, nonce: str = "") -> Digest:
    """Name one request to examine a revision; `nonce` separates repeated requests of one trigger."""
    return digest("check", revision, trigger, nonce)


def analysis_id(check: Digest, detector: str, detector_version: str, versions: str) -> Digest:
    """Name one detector's answer to one check, given the register versions it used."""
    return digest("analysis", check, detector, detector_version, versions)


def status_id(account: AccountId, observed_at: str) -> Digest:
    """Name what was known of an account at a moment (ISO 8601)."""
    return digest("status", account, observed_at)


def change_id(school: SchoolId, versions: str) -> Digest:
    """Name one write to a register by the versions that it led to."""
    return digest("change", school, versions)


def finding_id(post: PostId, category: str, subject: str, part: str, match: str) -> Digest:
    """Name a finding so that it stays the same over edits; `match` is the normalised text or box that was matched."""
    return digest("finding", post, category, subject, part, match)


def alert_id(school: SchoolId, post: PostId, audience: str) -> Digest:
    """Name an alert: one per school, post and audience."""
    return digest("alert", school, post, audience)
