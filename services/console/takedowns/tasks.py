"""Tasks as people see them: where the post is, whom it shows, what changed, and by when it should be gone."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.casebook.tasks import Task
from services.console.context import Console
from services.console.subjects import Subject, pupils_of
from services.console.takedowns.table import url_of
from services.register.models import Account, Pupil


@dataclass(frozen=True)
class TaskView:
    """A task; `account` is None when it is no longer watched, `pupil` when the register no longer has them."""

    task: Task
    account: Account | None
    pupil: Pupil | None
    url: str


async def task_views(console: Console, tasks: Iterable[Task]) -> list[TaskView]:
    """Put tasks of one school into words; the caller has found out that the reader may see them.

    Raises:
        DependencyUnavailable: the register or the content store does not answer.
    """
    listed = list(tasks)
    accounts = {account.account_id: account for account in await console.register.accounts()}
    pupils: dict[str, Pupil] = {}
    for owner in {task.school_id for task in listed}:
        subjects = [Subject(one.account_id, one.subject_school_id, one.ref) for one in listed if one.school_id == owner]
        pupils |= await pupils_of(console, owner, subjects)
    return [
        TaskView(
            task, accounts.get(task.account_id), pupils.get(task.ref), await url_of(console.store, task.content_key)
        )
        for task in listed
    ]
