"""What somebody must see about a post: one per post and audience. Content-free, and so also a webhook's body."""

from pydantic import Field, PositiveInt

from schemas.base import Code, Model, UtcDatetime, Version
from schemas.ids import AccountId, CaseId, ClauseId, Digest, PostId, SchoolId


class Alert(Model):
    """An alert as it leaves the system; `generation` rises with a new category or a higher severity.

    `posts` is how many posts its case had by then: many people may write the same below one post.
    """

    alert_id: Digest
    generation: PositiveInt
    school_id: SchoolId
    account_id: AccountId
    post_id: PostId
    case_id: CaseId
    audience: Code
    severity: str = Field(pattern=r"^S[1-4]$")
    categories: tuple[Code, ...]
    clause_ids: tuple[ClauseId, ...]
    axis: Code
    nature: Code
    kcsie_area: Code
    profile_version: Version
    finding_ids: tuple[Digest, ...]
    raised_at: UtcDatetime
    respond_by: UtcDatetime
    posts: PositiveInt = 1
