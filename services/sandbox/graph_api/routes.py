"""The Graph API's endpoints for Pages and Instagram accounts, under any version: /v24.0/..."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.sandbox.graph_api.attachments import Attachments
from services.sandbox.graph_api.errors import GraphProblem, no_field, no_object
from services.sandbox.graph_api.instagram import InstagramNodes
from services.sandbox.graph_api.nodes import Nodes
from services.sandbox.graph_api.paging import choose, created_within
from services.sandbox.graph_api.selection import Fields, parse_fields
from services.sandbox.graph_api.threads import by_rank, is_comment
from services.sandbox.graph_api.tokens import ADMIN_ID, TokenKind, Tokens
from services.sandbox.graph_api.usage import Usage
from services.sandbox.media_host import MediaHost
from services.sandbox.posts import Platform, Post, User
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
    """One request: what its token is and which accounts it reads, what it asks for, and the writers of its answer."""

    token: TokenKind
    accounts: Sequence[User]
    query: dict[str, str]
    fields: Fields
    nodes: Nodes
    instagram: InstagramNodes
    address: str

    @property
    def for_page(self) -> bool:
        """Tell whether this is the token of a Page or an Instagram account."""
        return self.token == "PAGE"  # noqa: S105 - a kind of token

    @property
    def for_person(self) -> bool:
        """Tell whether this is the token of the person who manages the Pages."""
        return self.token == "USER"  # noqa: S105 - a kind of token

    def account(self, account_id: str) -> User | None:
        """Return the Page or account with this id, or the token's own for `me`; None where the token sees no such."""
        if account_id == "me" and self.for_page:
            return self.accounts[0]
        return next((account for account in self.accounts if account.id == account_id), None)


@dataclass(frozen=True, slots=True)
class GraphApi:
    """The Graph API for the Facebook and Instagram posts of one store."""

    store: Store
    media_host: MediaHost
    tokens: Tokens
    usage: Usage = field(default_factory=Usage)

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        table: tuple[tuple[str, Callable[[Request, Call], dict[str, Any]]], ...] = (
            ("/debug_token", self._debug_token),
            ("/me/accounts", self._accounts),
            ("/", self._several),
            ("/{id}", self._one),
            ("/{id}/comments", self._comments),
            ("/{id}/replies", self._replies),
            ("/{id}/children", self._children),
            ("/{id}/media", self._media),
            ("/{id}/tags", self._tags),
            *((f"/{{id}}/{edge}", self._edge(kinds)) for edge, kinds in EDGES.items()),
        )
        exchange = Route(f"{VERSIONED}/oauth/access_token", self._exchange)
        return [exchange, *(Route(VERSIONED + path, self._endpoint(answer)) for path, answer in table)]

    def _endpoint(self, answer: Callable[[Request, Call], dict[str, Any]]) -> Callable[[Request], Response]:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                call = self._call(request)
                headers = self.usage.count(call.accounts[0].id, page_token=call.for_page)
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
        root = f"{base_url}/{version}"
        return Call(
            token=kind,
            accounts=self.tokens.accounts.holders("graph", token) or self._all_accounts(),
            query=query,
            fields=parse_fields(query.get("fields", "")),
            nodes=Nodes(self.store, Attachments(self.media_host, base_url), kind, root),
            instagram=InstagramNodes(self.store, self.media_host, base_url, root),
            address=f"{base_url}{request.url.path}",
        )

    def _all_accounts(self) -> list[User]:
        return self.store.official("facebook") + self.store.official("instagram")

    async def _exchange(self, request: Request) -> Response:
        try:
            return JSONResponse(self.tokens.exchange(request.query_params.get("grant_type", "")))
        except GraphProblem as problem:
            return JSONResponse(problem.body, problem.status)

    def _debug_token(self, request: Request, call: Call) -> dict[str, Any]:
        del request
        return self.tokens.describe(call.query.get("input_token", ""))

    def _accounts(self, request: Request, call: Call) -> dict[str, Any]:
        del request
        if not call.for_person:
            raise no_field("accounts", "Page")
        tasks = ["ANALYZE", "MODERATE", "CREATE_CONTENT", "MANAGE"]
        return {
            "data": [
                {"id": page.id, "name": page.name, "category": "School", "tasks": tasks}
                | {"access_token": self.tokens.accounts.of(page)}
                for page in self.store.official("facebook")
            ]
        }

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
        if node_id == "me" and call.for_person:
            return {"id": ADMIN_ID, "name": "Page manager"}
        account = call.account(node_id)
        if account is not None:
            writer = call.nodes.page if account.platform == "facebook" else call.instagram.account
            return writer(account, call.fields)
        post = self._post(node_id, call)
        return (call.nodes if post.platform == "facebook" else call.instagram).node(post, call.fields)

    def _comments(self, request: Request, call: Call) -> dict[str, Any]:
        post = self._post(request.path_params["id"], call)
        if post.platform == "instagram" and is_comment(post):
            raise no_field("comments", "ShadowIGComment")
        return (call.nodes if post.platform == "facebook" else call.instagram).comments(post, call.query, call.fields)

    def _replies(self, request: Request, call: Call) -> dict[str, Any]:
        comment = self._post(request.path_params["id"], call)
        if comment.platform != "instagram" or not is_comment(comment):
            raise no_field("replies", "ShadowIGMedia" if comment.platform == "instagram" else "Post")
        return call.instagram.replies(comment, call.query, call.fields)

    def _children(self, request: Request, call: Call) -> dict[str, Any]:
        medium = self._post(request.path_params["id"], call)
        if medium.platform != "instagram" or is_comment(medium):
            raise no_field("children", "ShadowIGComment" if medium.platform == "instagram" else "Post")
        return call.instagram.children(medium, call.fields)

    def _media(self, request: Request, call: Call) -> dict[str, Any]:
        return call.instagram.media(self._account(request, call, "instagram"), call.query, call.fields)

    def _tags(self, request: Request, call: Call) -> dict[str, Any]:
        return call.instagram.tags(self._account(request, call, "instagram"), call.query, call.fields)

    def _edge(self, kinds: Sequence[str]) -> Callable[[Request, Call], dict[str, Any]]:
        def answer(request: Request, call: Call) -> dict[str, Any]:
            page = self._account(request, call, "facebook")
            posts = [post for post in self.store.visible("facebook") if post.account is page and post.kind in kinds]
            chosen = choose(created_within(posts, call.query), by_rank, call.query, call.address)
            return chosen.body([call.nodes.node(post, call.fields) for post in chosen.items])

        return answer

    def _account(self, request: Request, call: Call, platform: Platform) -> User:
        account = call.account(request.path_params["id"])
        if account is None or account.platform != platform:
            raise no_object()
        return account

    def _post(self, post_id: str, call: Call) -> Post:
        """Return a post of the accounts that the token reads. Other people's media on Instagram are only in lists."""
        post = self.store.find("facebook", post_id) or self.store.find("instagram", post_id)
        if post is None or not self.store.shows(post) or post.account not in call.accounts:
            raise no_object()
        root = self.store.find(post.platform, post.root_id)
        if post.platform == "instagram" and root is not None and root.author is not post.account:
            raise no_object()
        return post
