"""Serves the pictures of posts by URL; a URL may carry an expiry, after which it answers 403 as the platforms do."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.store import Store


class MediaHost:
    """The pictures of one store's posts. Facebook's and Instagram's URLs expire after `ttl_s` seconds, X's do not."""

    def __init__(self, store: Store, pictures: PictureCatalogue, ttl_s: float) -> None:
        self._store = store
        self._pictures = pictures
        self.ttl_s = ttl_s

    def url(self, base_url: str, key: str, *, expiring: bool) -> str:
        """Return the address of a picture; `base_url` is how the client reaches the sandbox, without a final slash."""
        address = f"{base_url}/media/{key}.jpg"
        return f"{address}?expires={int(self._store.clock.now().timestamp() + self.ttl_s)}" if expiring else address

    def size(self, picture: str) -> tuple[int, int]:
        """Return width and height in pixels."""
        return self._pictures.size(picture)

    def routes(self) -> list[Route]:
        """Return the endpoint: 200 with the JPEG, 403 after expiry, 404 for an unknown picture or a deleted post."""
        return [Route("/media/{key}.jpg", self._serve)]

    async def _serve(self, request: Request) -> Response:
        expires = request.query_params.get("expires", "")
        if expires and (not expires.isdecimal() or self._store.clock.now().timestamp() > int(expires)):
            return PlainTextResponse("URL signature expired", 403)
        found = self._store.media(request.path_params["key"])
        if found is None or found[1].deleted_at is not None:
            return PlainTextResponse("Not found", 404)
        return Response(self._pictures.jpeg(found[0].picture), media_type="image/jpeg")
