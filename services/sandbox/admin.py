"""The JSON API under /admin: what tests and the demonstration use to make things happen."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.sandbox.admin_accounts import AccountAdmin
from services.sandbox.admin_bodies import (
    ClockBody,
    EditBody,
    HideBody,
    MailBody,
    PostBody,
    ResetBody,
    ScenarioBody,
    XBody,
    read,
)
from services.sandbox.faults.plan import Fault, FaultPlan
from services.sandbox.graph_api.routes import GraphApi
from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.posts import PLATFORMS, Label, Platform, Post, platform_named
from services.sandbox.scenario import Scenario
from services.sandbox.sinks.mail_sink import MailSink
from services.sandbox.sinks.webhook_sink import WebhookSink
from services.sandbox.store import NewPost, Store
from services.sandbox.x_api.routes import XApi
from services.shared.errors import InputRejected


@dataclass(frozen=True, slots=True)
class Admin:
    """Every part of the sandbox that can be told what to do."""

    store: Store
    accounts: AccountAdmin
    pictures: PictureCatalogue
    faults: FaultPlan
    scenario: Scenario
    x: XApi
    graph: GraphApi
    mail: MailSink
    webhooks: WebhookSink

    def routes(self) -> list[Route]:
        """Return the endpoints; a refused request gets 400 and `{"error": one line}`."""
        table: tuple[tuple[str, str, Callable[[Request], Awaitable[JSONResponse]]], ...] = (
            ("GET", "/admin/posts", self._list),
            ("POST", "/admin/posts", self._create),
            ("GET", "/admin/posts/{platform}/{id}", self._show),
            ("PATCH", "/admin/posts/{platform}/{id}", self._edit),
            ("DELETE", "/admin/posts/{platform}/{id}", self._delete),
            ("POST", "/admin/posts/{platform}/{id}/hide", self._hide),
            ("GET", "/admin/clock", self._clock),
            ("POST", "/admin/clock", self._advance),
            ("GET", "/admin/faults", self._list_faults),
            ("POST", "/admin/faults", self._inject),
            ("DELETE", "/admin/faults", self._clear_faults),
            ("GET", "/admin/pictures", self._list_pictures),
            *self.accounts.endpoints(),
            ("GET", "/admin/scenario", self._scenario),
            ("POST", "/admin/scenario", self._control),
            ("POST", "/admin/scenario/next", self._next),
            ("POST", "/admin/x", self._set_x),
            ("POST", "/admin/mail", self._refuse_mail),
            ("POST", "/admin/reset", self._reset),
        )
        return [Route(path, _guarded(endpoint), methods=[method]) for method, path, endpoint in table]

    async def _list(self, request: Request) -> JSONResponse:
        query = request.query_params
        platforms = [platform_named(query["platform"])] if "platform" in query else list(PLATFORMS)
        posts = [post for platform in platforms for post in self.store.posts(platform)]
        if "label" in query:
            posts = [post for post in posts if any(label.category == query["label"] for label in post.labels)]
        return JSONResponse({"posts": [_post(post) for post in posts]})

    async def _create(self, request: Request) -> JSONResponse:
        body = await read(request, PostBody)
        labels = tuple(Label(label.category, label.admission_no) for label in body.labels)
        post = self.store.create(
            NewPost(
                platform=body.platform,
                text=body.text,
                account=body.account,
                pictures=body.pictures,
                author=body.author,
                author_name=body.author_name,
                kind=body.kind,
                parent_id=body.parent_id,
                labels=labels + self._seen(body.pictures),
                ago=timedelta(seconds=body.created_ago_s),
                visible_after=timedelta(seconds=body.visible_after_s),
            )
        )
        return JSONResponse(_post(post), 201)

    async def _show(self, request: Request) -> JSONResponse:
        return JSONResponse(_post(self.store.get(*_key(request))))

    async def _edit(self, request: Request) -> JSONResponse:
        body = await read(request, EditBody)
        self._seen(body.pictures or [])
        return JSONResponse(_post(self.store.edit(*_key(request), body.text, body.pictures)))

    async def _delete(self, request: Request) -> JSONResponse:
        return JSONResponse(_post(self.store.delete(*_key(request))))

    async def _hide(self, request: Request) -> JSONResponse:
        body = await read(request, HideBody)
        return JSONResponse(_post(self.store.hide(*_key(request), hidden=body.hidden)))

    async def _clock(self, request: Request) -> JSONResponse:
        del request
        return JSONResponse({"now": self.store.clock.now().isoformat()})

    async def _advance(self, request: Request) -> JSONResponse:
        body = await read(request, ClockBody)
        try:
            return JSONResponse({"now": self.store.clock.advance(body.advance_s).isoformat()})
        except ValueError as error:
            raise InputRejected(str(error)) from None

    async def _list_faults(self, request: Request) -> JSONResponse:
        del request
        return JSONResponse({"faults": [fault.model_dump() for fault in self.faults.waiting]})

    async def _inject(self, request: Request) -> JSONResponse:
        fault = await read(request, Fault)
        self.faults.add(fault)
        return JSONResponse(fault.model_dump(), 201)

    async def _clear_faults(self, request: Request) -> JSONResponse:
        self.faults.clear()
        return await self._list_faults(request)

    async def _list_pictures(self, request: Request) -> JSONResponse:
        del request
        pictures = self.pictures
        return JSONResponse(
            {"pictures": {n: [_label(label) for label in pictures.labels(n)] for n in pictures.names()}}
        )

    async def _scenario(self, request: Request) -> JSONResponse:
        del request
        return JSONResponse({"running": self.scenario.running, "interval_s": self.scenario.interval_s})

    async def _control(self, request: Request) -> JSONResponse:
        body = await read(request, ScenarioBody)
        self.scenario.control(running=body.running, interval_s=body.interval_s)
        return await self._scenario(request)

    async def _next(self, request: Request) -> JSONResponse:
        del request
        return JSONResponse(_post(self.scenario.publish_next()), 201)

    async def _set_x(self, request: Request) -> JSONResponse:
        body = await read(request, XBody)
        options = self.x.options
        options.spelling = body.spelling or options.spelling
        options.search_lag_s = options.search_lag_s if body.search_lag_s is None else body.search_lag_s
        return JSONResponse({"spelling": options.spelling, "search_lag_s": options.search_lag_s})

    async def _refuse_mail(self, request: Request) -> JSONResponse:
        body = await read(request, MailBody)
        self.mail.refuse(body.code, body.times)
        return JSONResponse({"refusals": list(self.mail.refusals)})

    async def _reset(self, request: Request) -> JSONResponse:
        body = await read(request, ResetBody)
        self.store.reset()
        self.accounts.tokens.reset()
        self.faults.clear()
        self.mail.clear()
        self.webhooks.received.clear()
        self.x.limits.reset()
        self.graph.usage.reset()
        if body.scenario:
            self.scenario.restart()
        return JSONResponse({"reset": True})

    def _seen(self, pictures: list[str]) -> tuple[Label, ...]:
        """Return the labels of pictures; InputRejected for an unknown name."""
        return tuple(label for picture in pictures for label in self.pictures.labels(picture))


def _guarded(endpoint: Callable[[Request], Awaitable[JSONResponse]]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def guarded(request: Request) -> JSONResponse:
        try:
            return await endpoint(request)
        except InputRejected as error:
            return JSONResponse({"error": str(error)}, 400)

    return guarded


def _key(request: Request) -> tuple[Platform, str]:
    return platform_named(request.path_params["platform"]), request.path_params["id"]


def _label(label: Label) -> dict[str, Any]:
    return {"category": label.category, "admission_no": label.admission_no}


def _post(post: Post) -> dict[str, Any]:
    return {
        "platform": post.platform,
        "id": post.id,
        "version_ids": [version.id for version in post.versions],
        "kind": post.kind,
        "account": post.account.handle,
        "author": post.author.handle,
        "parent_id": post.parent_id,
        "root_id": post.root_id,
        "text": post.latest.text,
        "pictures": [item.picture for item in post.latest.media],
        "media_keys": [item.key for item in post.latest.media],
        "created_at": post.created_at.isoformat(),
        "visible_from": post.visible_from.isoformat(),
        "hidden": post.hidden,
        "deleted_at": post.deleted_at.isoformat() if post.deleted_at else None,
        "labels": [_label(label) for label in post.labels],
    }
