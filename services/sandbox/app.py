"""Puts the sandbox together: one store, the platforms' APIs over it, and the pages and tools around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from services.sandbox.accounts import AccountTokens
from services.sandbox.admin import Admin
from services.sandbox.admin_accounts import AccountAdmin
from services.sandbox.faults.middleware import FaultMiddleware
from services.sandbox.faults.plan import FaultPlan
from services.sandbox.graph_api.routes import GraphApi
from services.sandbox.graph_api.tokens import Tokens
from services.sandbox.media_host import MediaHost
from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.posts import Platform
from services.sandbox.scenario import Scenario
from services.sandbox.school import load_school
from services.sandbox.sinks.mail_sink import MailSink
from services.sandbox.sinks.webhook_sink import WebhookSink
from services.sandbox.store import Store
from services.sandbox.timeline import Pages
from services.sandbox.x_api.limits import RateLimits
from services.sandbox.x_api.routes import Options, XApi
from services.shared.health import Health


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The running parts, and the web application over them."""

    app: ASGIApp
    store: Store
    scenario: Scenario
    mail: MailSink


def build(
    health: Health,
    *,
    token: str,
    platforms: Sequence[Platform] = ("x",),
    interval_s: float = 20,
    seed: int = 1,
    search_lag_s: float = 0,
    media_ttl_s: float = 3600,
) -> Sandbox:
    """Build the sandbox; the scenario waits until it is told to run.

    `token` is the bearer token of the first account of every platform; the scenario happens on `platforms`.
    """
    school = load_school()
    store = Store(school)
    pictures = PictureCatalogue(school)
    media_host = MediaHost(store, pictures, media_ttl_s)
    tokens = AccountTokens(store, token)
    x = XApi(store, media_host, tokens, Options(search_lag_s=search_lag_s), RateLimits(), {"posts": 0})
    graph = GraphApi(store, media_host, Tokens(tokens))
    faults = FaultPlan()
    scenario = Scenario(store, pictures, platforms=platforms, interval_s=interval_s, seed=seed)
    mail, webhooks = MailSink(store.clock), WebhookSink(store.clock)
    admin = Admin(store, AccountAdmin(store, tokens), pictures, faults, scenario, x, graph, mail, webhooks)
    app = Starlette(
        routes=[
            *_health_routes(health),
            *x.routes(),
            *graph.routes(),
            *media_host.routes(),
            *admin.routes(),
            *webhooks.routes(),
            *Pages(store, pictures, mail).routes(),
        ]
    )
    return Sandbox(FaultMiddleware(app, faults), store, scenario, mail)


def _health_routes(health: Health) -> list[Route]:
    def answer(key: str, problems: Mapping[str, str]) -> JSONResponse:
        return JSONResponse({key: not problems, "problems": dict(problems)}, 503 if problems else 200)

    async def alive(request: Request) -> JSONResponse:
        del request
        return answer("alive", health.liveness())

    async def ready(request: Request) -> JSONResponse:
        del request
        return answer("ready", health.readiness())

    return [Route("/healthz", alive), Route("/readyz", ready)]
