"""Pictures as Facebook attaches them: one to a comment, one or an album to a post."""

from collections.abc import Sequence
from typing import Any

from services.sandbox.media_host import MediaHost
from services.sandbox.posts import Media


class Attachments:
    """Writes attachments for clients that reach the sandbox at `base_url`; the pictures' addresses expire."""

    def __init__(self, media_host: MediaHost, base_url: str) -> None:
        self._media_host = media_host
        self._base_url = base_url

    def of_post(self, media: Sequence[Media]) -> dict[str, Any] | None:
        """Return the field `attachments`: one photo, or an album with the photos as its subattachments."""
        photos = [self._photo(item) for item in media]
        if len(photos) < 2:  # noqa: PLR2004 - an album has two or more
            return {"data": photos} if photos else None
        cover = photos[0]
        album = {"media_type": "album", "type": "album", "title": "Photos", "media": cover["media"]}
        target = {"id": f"{cover['target']['id']}0", "url": cover["url"]}
        return {"data": [album | {"target": target, "url": cover["url"], "subattachments": {"data": photos}}]}

    def of_comment(self, media: Sequence[Media]) -> dict[str, Any] | None:
        """Return the field `attachment`: Facebook's comments have one picture."""
        return self._photo(media[0]) if media else None

    def picture(self, media: Sequence[Media]) -> str | None:
        """Return the field `full_picture`."""
        return self._address(media[0]) if media else None

    def _photo(self, item: Media) -> dict[str, Any]:
        width, height = self._media_host.size(item.picture)
        page = f"https://www.facebook.com/photo.php?fbid={item.key}"
        return {
            "media_type": "photo",
            "type": "photo",
            "media": {"image": {"src": self._address(item), "width": width, "height": height}},
            "target": {"id": item.key, "url": page},
            "url": page,
        }

    def _address(self, item: Media) -> str:
        return self._media_host.url(self._base_url, item.key, expiring=True)
