"""The school's accounts as a visitor sees them, with forms to write something; and the pages of the mail sink."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.posts import PLATFORMS, Platform, Post
from services.sandbox.sinks.mail_sink import MailSink
from services.sandbox.store import NewPost, Store
from services.shared.errors import InputRejected

SHOWN: Final = 40  # posts on a page
LONGEST_TEXT: Final = 2_000
VISITOR: Final = "curious_visitor"


@dataclass(frozen=True, slots=True)
class Shown:
    """One post on the page, with its comments."""

    post: Post
    ago: str
    answers: list["Shown"]


class Pages:
    """The HTML pages of the sandbox."""

    def __init__(self, store: Store, pictures: PictureCatalogue, mail: MailSink) -> None:
        self._store = store
        self._pictures = pictures
        self._mail = mail
        loader = FileSystemLoader(Path(__file__).parent / "templates")
        self._templates = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)

    def routes(self) -> list[Route]:
        """Return the pages; `/timeline` is the list of `/` alone, `/write` takes its forms."""
        return [
            Route("/", self._timeline),
            Route("/timeline", self._list),
            Route("/write", self._write, methods=["POST"]),
            Route("/mail", self._mails),
            Route("/mail.json", self._mails_json),
            Route("/mail/{number:int}", self._one_mail),
        ]

    async def _timeline(self, request: Request) -> Response:
        return self._page("timeline.html", self._view(request) | {"pictures": self._pictures.names()})

    async def _list(self, request: Request) -> Response:
        return self._page("posts.html", self._view(request))

    async def _write(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
        platform = _platform(form.get("platform", ""))
        text = form.get("text", "").strip()[:LONGEST_TEXT]
        picture = form.get("picture", "")
        author = form.get("author", "").strip().replace(" ", "_")[:15] or VISITOR
        new = NewPost(
            platform=platform,
            text=text,
            pictures=(picture,) if picture else (),
            author=None if form.get("as") == "school" else author,
            parent_id=form.get("parent_id") or None,
        )
        if not text and not picture:
            return PlainTextResponse(
                "There was nothing to publish: go back, and write a text or choose a picture.", 400
            )
        try:
            for name in new.pictures:
                self._pictures.labels(name)
            self._store.create(new)
        except InputRejected as error:
            return PlainTextResponse(f"{error}. Go back and try again.", 400)
        return RedirectResponse(f"/?platform={platform}", 303)

    async def _mails(self, request: Request) -> Response:
        del request
        return self._page("mails.html", {"mails": list(self._mail.mails)[::-1]})

    async def _one_mail(self, request: Request) -> Response:
        mail = self._mail.mail(request.path_params["number"])
        if mail is None:
            return PlainTextResponse("No such mail: it was never received, or is no longer kept.", 404)
        return self._page("mail.html", {"mail": mail})

    async def _mails_json(self, request: Request) -> Response:
        del request
        return JSONResponse({"mails": [mail.as_json() for mail in self._mail.mails]})

    def _view(self, request: Request) -> dict[str, Any]:
        platform = _platform(request.query_params.get("platform", ""))
        now = self._store.clock.now()
        seen = [post for post in self._store.visible(platform) if not post.hidden]
        answers: dict[str, list[Post]] = {}
        for post in seen:
            if post.parent_id is not None and post.kind != "quote":
                answers.setdefault(post.parent_id, []).append(post)

        def show(post: Post) -> Shown:
            return Shown(post, _ago(now, post.created_at), [show(answer) for answer in answers.get(post.id, [])])

        top = [show(post) for post in seen if post.parent_id is None or post.kind == "quote"]
        return {
            "school": self._store.school,
            "platforms": PLATFORMS,
            "platform": platform,
            "posts": top[: -SHOWN - 1 : -1],
        }

    def _page(self, template: str, context: Mapping[str, Any]) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(context))


def _platform(name: str) -> Platform:
    return next((platform for platform in PLATFORMS if platform == name), PLATFORMS[0])


def _ago(now: datetime, then: datetime) -> str:
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    hours, days = minutes // 60, minutes // (60 * 24)
    return f"{days} d ago" if days else f"{hours} h ago" if hours else f"{minutes} min ago"
