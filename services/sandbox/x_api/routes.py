"""X's endpoints. Each answers as X documents it; `Options` holds what differs between accounts and times."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.sandbox.accounts import AccountTokens
from services.sandbox.media_host import MediaHost
from services.sandbox.posts import Post, User, Version
from services.sandbox.store import Store, snowflake
from services.sandbox.x_api import parameters, search
from services.sandbox.x_api.limits import RateLimits
from services.sandbox.x_api.parameters import FIELD_PARAMETERS, PAGE_PARAMETERS, Window, page_token
from services.sandbox.x_api.problems import XProblem, invalid, not_found, refused, suspended, unseen
from services.sandbox.x_api.shapes import Shaper, x_time
from services.sandbox.x_api.spelling import Spelling, body_to_wire
from services.sandbox.x_api.text import handles_in

TIMELINE_REACH: Final = 3_200
MENTIONS_REACH: Final = 800
SEARCH_REACH: Final = timedelta(days=7)
MONTHLY_CAP: Final = 3_000_000

Query = dict[str, str]


@dataclass(slots=True)
class Options:
    """What X may change under a client: the spelling of field names, how fresh a search result is."""

    spelling: Spelling = "tweet"
    search_lag_s: float = 30


@dataclass(frozen=True, slots=True)
class XApi:
    """X API v2 for the posts of one store."""

    store: Store
    media_host: MediaHost
    tokens: AccountTokens
    options: Options
    limits: RateLimits
    usage: dict[str, int]

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        page = PAGE_PARAMETERS
        table: tuple[tuple[str, str, frozenset[str], Callable[[Request, Query], dict[str, Any]]], ...] = (
            ("/2/users/by/username/{handle}", "user", FIELD_PARAMETERS, self._user_by_handle),
            ("/2/users/{id}", "user", FIELD_PARAMETERS, self._user_by_id),
            ("/2/users/{id}/tweets", "timeline", page | {"exclude"}, self._timeline),
            ("/2/users/{id}/mentions", "mentions", page, self._mentions),
            ("/2/tweets/search/recent", "search", page | {"query", "next_token", "sort_order"}, self._search),
            ("/2/tweets", "posts", FIELD_PARAMETERS | {"ids"}, self._lookup),
            ("/2/tweets/{id}", "posts", FIELD_PARAMETERS, self._lookup_one),
            ("/2/tweets/{id}/quote_tweets", "quotes", page - {"since_id", "until_id"} | {"exclude"}, self._quotes),
            ("/2/usage/tweets", "usage", frozenset({"days", "usage.fields"}), self._usage),
        )
        return [Route(path, self._endpoint(kind, allowed, answer)) for path, kind, allowed, answer in table]

    def _endpoint(
        self, kind: str, allowed: frozenset[str], answer: Callable[[Request, Query], dict[str, Any]]
    ) -> Callable[[Request], Response]:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                self._authorize(request)
                within, headers = self.limits.count(kind)
                if not within:
                    raise refused(429, "Too Many Requests")
                query = parameters.known(dict(request.query_params), allowed, self.options.spelling)
                body = answer(request, query)
            except XProblem as problem:
                return JSONResponse(problem.body, problem.status, headers)
            data = body.get("data", [])
            self.usage["posts"] += len(data) if isinstance(data, list) else "text" in data
            return JSONResponse(body_to_wire(body, self.options.spelling), headers=headers)

        return endpoint  # type: ignore[return-value]  # Starlette takes coroutines, typed as callables of Any

    def _authorize(self, request: Request) -> None:
        """Take the token of any official account: with an app's bearer token X shows what is public."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not self.tokens.holders("x", token) or self.tokens.revoked("x", token):
            raise refused(401, "Unauthorized")

    def _shaper(self, request: Request, query: Mapping[str, str]) -> Shaper:
        base_url = str(request.base_url).rstrip("/")
        return Shaper(self.store, self.media_host, base_url, parameters.fields(query, self.options.spelling))

    def _user_by_handle(self, request: Request, query: Query) -> dict[str, Any]:
        handle = request.path_params["handle"]
        for user in self.store.users("x"):
            if user.handle.casefold() == handle.casefold():
                if self.store.standing(user) == "suspended":
                    return {"errors": [suspended("username", handle)]}
                return {"data": self._shaper(request, query).user(user)}
        return {"errors": [not_found("user", "username", handle)]}

    def _user_by_id(self, request: Request, query: Query) -> dict[str, Any]:
        user = self._user(request)
        if user is None:
            return _no_user(request, withheld=False)
        if self.store.standing(user) == "suspended":
            return {"errors": [suspended("id", user.id)]}
        return {"data": self._shaper(request, query).user(user)}

    def _timeline(self, request: Request, query: Query) -> dict[str, Any]:
        window = parameters.window(query, lowest=5)
        user = self._user(request)
        if user is None or self.store.standing(user) != "public":
            return _no_user(request, withheld=user is not None)
        no_replies = "replies" in query.get("exclude", "").split(",")
        own = [
            post
            for post in self.store.visible("x")
            if post.author is user and not (no_replies and post.kind in ("reply", "comment"))
        ]
        return self._page(request, query, own, window, reach=MENTIONS_REACH if no_replies else TIMELINE_REACH)

    def _mentions(self, request: Request, query: Query) -> dict[str, Any]:
        window = parameters.window(query, lowest=5)
        user = self._user(request)
        if user is None or self.store.standing(user) != "public":
            return _no_user(request, withheld=user is not None)
        handle = user.handle.casefold()
        found = [post for post in self.store.visible("x") if post.author is not user and handle in handles_in(post)]
        return self._page(request, query, found, window, reach=MENTIONS_REACH)

    def _search(self, request: Request, query: Query) -> dict[str, Any]:
        token = "next_token" if "next_token" in query else "pagination_token"
        window = parameters.window(query, lowest=10, token=token)
        now = self.store.clock.now()
        oldest, newest = now - SEARCH_REACH, now - timedelta(seconds=self.options.search_lag_s)
        if "since_id" in query and window.since_id < snowflake(oldest):
            message = f"'since_id' must be a tweet id created after {x_time(oldest)}. Please use a larger 'since_id'"
            raise invalid("since_id", query["since_id"], message)
        test = search.parse(query.get("query", ""), self._answered_handle)
        found = [
            post
            for post in self.store.visible("x")
            if oldest <= post.latest.at and (window.end is not None or post.latest.at <= newest) and test(post)
        ]
        return self._page(request, query, found, window, reach=len(found))

    def _lookup(self, request: Request, query: Query) -> dict[str, Any]:
        found: list[tuple[Post, Version]] = []
        errors = []
        for post_id in parameters.ids(query):
            version = self._version(post_id)
            if version is None:
                errors.append(self._no_post("ids", post_id))
            else:
                found.append(version)
        body = self._shaper(request, query).page(found)
        errors = body.get("errors", []) + errors
        return body | ({"errors": errors} if errors else {})

    def _lookup_one(self, request: Request, query: Query) -> dict[str, Any]:
        post_id = request.path_params["id"]
        version = self._version(post_id)
        if version is None:
            return {"errors": [self._no_post("id", post_id)]}
        body = self._shaper(request, query).page([version])
        return body | {"data": body["data"][0]}

    def _quotes(self, request: Request, query: Query) -> dict[str, Any]:
        window = parameters.window(query, lowest=10)
        quoted = self.store.find("x", request.path_params["id"])
        quotes = [
            post for post in self.store.visible("x") if quoted and post.kind == "quote" and post.parent_id == quoted.id
        ]
        return self._page(request, query, quotes, window, reach=len(quotes))

    def _usage(self, request: Request, query: Query) -> dict[str, Any]:
        del request, query
        read = str(self.usage["posts"])
        return {"data": {"project_id": "1", "project_cap": str(MONTHLY_CAP), "project_usage": read, "cap_reset_day": 1}}

    def _page(self, request: Request, query: Query, posts: list[Post], window: Window, *, reach: int) -> dict[str, Any]:
        newest_first = sorted(posts, key=lambda post: int(post.latest.id), reverse=True)[:reach]
        within = [post for post in newest_first if window.has(int(post.latest.id), post.latest.at)]
        shown = [(post, post.latest) for post in within[: window.max_results]]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if shown:
            meta = {"newest_id": shown[0][1].id, "oldest_id": shown[-1][1].id} | meta
        if len(within) > len(shown):
            meta["next_token"] = page_token(int(shown[-1][1].id))
        return self._shaper(request, query).page(shown) | {"meta": meta}

    def _version(self, post_id: str) -> tuple[Post, Version] | None:
        post = self.store.find("x", post_id)
        if post is None or not self.store.shows(post):
            return None
        return post, next(version for version in post.versions if version.id == post_id)

    def _no_post(self, parameter: str, post_id: str) -> dict[str, str]:
        post = self.store.find("x", post_id)
        there = post is not None and post.visible(self.store.clock.now())
        return unseen("tweet", parameter, post_id, withheld=there)

    def _answered_handle(self, post: Post) -> str | None:
        parent = self.store.find("x", post.parent_id) if post.parent_id and post.kind != "quote" else None
        return parent.author.handle if parent else None

    def _user(self, request: Request) -> User | None:
        wanted = request.path_params["id"]
        return next((user for user in self.store.users("x") if user.id == wanted), None)


def _no_user(request: Request, *, withheld: bool) -> dict[str, Any]:
    return {"errors": [unseen("user", "id", request.path_params["id"], withheld=withheld)]}
