"""The Graph API's endpoints for one Page, under any version: /v24.0/..."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.sandbox.graph_api.attachments import Attachments
from services.sandbox.graph_api.errors import GraphProblem, no_field, no_object
from services.sandbox.graph_api.nodes import Nodes
from services.sandbox.graph_api.paging import choose
from services.sandbox.graph_api.selection import Fields, parse_fields
from services.sandbox.graph_api.threads import by_rank
from services.sandbox.graph_api.tokens import ADMIN_ID, TokenKind, Tokens
from services.sandbox.graph_api.usage import Usage
from services.sandbox.media_host import MediaHost
from services.sandbox.posts import Post, User
from services.sandbox.store import Store

VERSIONED: Final = "/v{version:float}"
MOST_IDS: Final = 50
EDGES: Final = {
    "published_posts": ("post",),
    "feed": ("post", "visitor_post", "mention"),
    "visitor_posts": ("visitor_post",),
    "tagged": ("mention",),
}
"""Which kinds of posts each list of a Page has."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: what its token is, what it asks for, and the writer of its answer."""

    token: TokenKind
    query: dict[str, str]
    fields: Fields
    nodes: Nodes
    address: str


@dataclass(frozen=True, slots=True)
class GraphApi:
    """The Graph API for the Facebook posts of one store."""

    store: Store
    media_host: MediaHost
    tokens: Tokens
    usage: Usage = field(default_factory=Usage)

    @property
    def page(self) -> User:
        """The school's Page."""
        return self.store.accounts["facebook"]

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        table: tuple[tuple[str, Callable[[Request, Call], dict[str, Any]]], ...] = (
            ("/debug_token", self._debug_token),
            ("/me/accounts", self._accounts),
            ("/", self._several),
            ("/{id}", self._one),
            ("/{id}/comments", self._comments),
            *((f"/{{id}}/{edge}", self._edge(kinds)) for edge, kinds in EDGES.items()),
        )
        exchange = Route(f"{VERSIONED}/oauth/access_token", self._exchange)
        return [exchange, *(Route(VERSIONED + path, self._endpoint(answer)) for path, answer in table)]

    def _endpoint(self, answer: Callable[[Request, Call], dict[str, Any]]) -> Callable[[Request], Response]:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                call = self._call(request)
                headers = self.usage.count(self.page.id, page_token=call.token == "PAGE")  # noqa: S105 - a kind of token
                return JSONResponse(answer(request, call), headers=headers)
            except GraphProblem as problem:
                return JSONResponse(problem.body, problem.status, headers)

        return endpoint  # type: ignore[return-value]  # Starlette takes coroutines, typed as callables of Any

    def _call(self, request: Request) -> Call:
        query = dict(request.query_params)
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = query.get("access_token") or (bearer if scheme.lower() == "bearer" else "")
        kind = self.tokens.kind(token, query.get("appsecret_proof"))
        base_url = str(request.base_url).rstrip("/")
        version = request.url.path.split("/")[1]
        attachments = Attachments(self.media_host, base_url)
        nodes = Nodes(self.store, attachments, kind, f"{base_url}/{version}")
        address = f"{base_url}{request.url.path}"
        return Call(kind, query, parse_fields(query.get("fields", "")), nodes, address)

    async def _exchange(self, request: Request) -> Response:
        try:
            return JSONResponse(self.tokens.exchange(request.query_params.get("grant_type", "")))
        except GraphProblem as problem:
            return JSONResponse(problem.body, problem.status)

    def _debug_token(self, request: Request, call: Call) -> dict[str, Any]:
        del request
        return self.tokens.describe(call.query.get("input_token", ""), self.page)

    def _accounts(self, request: Request, call: Call) -> dict[str, Any]:
        del request
        if call.token != "USER":  # noqa: S105 - a kind of token
            raise no_field("accounts", "Page")
        page = {"id": self.page.id, "name": self.page.name, "category": "School", "access_token": self.tokens.page}
        return {"data": [page | {"tasks": ["ANALYZE", "MODERATE", "CREATE_CONTENT", "MANAGE"]}]}

    def _several(self, request: Request, call: Call) -> dict[str, Any]:
        """Answer `?ids=`: one id that leads to nothing spoils all of them."""
        del request
        ids = [each for each in call.query.get("ids", "").split(",") if each]
        if not 1 <= len(ids) <= MOST_IDS:
            raise GraphProblem(100, f"(#100) ids needs 1 to {MOST_IDS} ids")
        return {each: self._node(each, call) for each in ids}

    def _one(self, request: Request, call: Call) -> dict[str, Any]:
        return self._node(request.path_params["id"], call)

    def _node(self, node_id: str, call: Call) -> dict[str, Any]:
        if node_id == "me" and call.token == "USER":  # noqa: S105 - a kind of token
            return {"id": ADMIN_ID, "name": "Page manager"}
        if node_id in (self.page.id, "me"):
            return call.nodes.page(self.page, call.fields)
        return call.nodes.node(self._post(node_id), call.fields)

    def _comments(self, request: Request, call: Call) -> dict[str, Any]:
        return call.nodes.comments(self._post(request.path_params["id"]), call.query, call.fields)

    def _edge(self, kinds: Sequence[str]) -> Callable[[Request, Call], dict[str, Any]]:
        def answer(request: Request, call: Call) -> dict[str, Any]:
            if request.path_params["id"] not in (self.page.id, "me"):
                raise no_object()
            since, until = _moment(call.query, "since"), _moment(call.query, "until")
            listed = [
                post
                for post in self.store.visible("facebook")
                if post.kind in kinds
                and (since is None or post.created_at >= since)
                and (until is None or post.created_at <= until)
            ]
            chosen = choose(listed, by_rank, call.query, call.address)
            body: dict[str, Any] = {"data": [call.nodes.node(post, call.fields) for post in chosen.items]}
            return body | ({"paging": chosen.paging} if chosen.paging else {})

        return answer

    def _post(self, post_id: str) -> Post:
        post = self.store.find("facebook", post_id)
        if post is None or not post.visible(self.store.clock.now()):
            raise no_object()
        return post


def _moment(query: dict[str, str], name: str) -> datetime | None:
    """Read `since` or `until`: seconds since 1970 or an ISO 8601 time."""
    value = query.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromtimestamp(int(value), UTC) if value.isdecimal() else datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise GraphProblem(100, f"(#100) Param {name} must be a time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
