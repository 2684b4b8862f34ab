"""Encrypted blobs in a local folder or S3: `<school>/content|media|evidence/<name>`, each prefix with one writer."""

import os
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from schemas.content import Content
from schemas.ids import BlobKey, SchoolId
from services.shared.crypto import Keyring, seal, unseal
from services.shared.errors import ContentGone, DependencyUnavailable
from services.shared.settings import StoreSettings


class ContentStore:
    """Seals what it writes and opens what it reads with the school's data key."""

    def __init__(self, store: ObjectStore, keyring: Keyring, root: Path | None = None) -> None:
        self._store = store
        self.keyring = keyring
        self._root = root

    async def put(self, key: BlobKey, plain: bytes) -> None:
        """Write a blob; writing the same key again replaces it.

        Raises:
            DependencyUnavailable: the store does not answer.
        """
        sealed = seal(await self.keyring.data_key(key.split("/", 1)[0]), plain, key)
        try:
            await self._store.put_async(key, sealed)
        except (BaseError, OSError) as error:
            raise DependencyUnavailable("the content store does not answer") from error
        if self._root is not None:
            _sync(self._root / key)

    async def get(self, key: BlobKey) -> bytes:
        """Read a blob.

        Raises:
            ContentGone: there is none (any more).
            DependencyUnavailable: the store does not answer.
        """
        data_key = await self.keyring.data_key(key.split("/", 1)[0])
        try:
            result = await self._store.get_async(key)
            sealed = bytes(await result.bytes_async())
        except (NotFoundError, FileNotFoundError):
            raise ContentGone("the content was purged or never stored") from None
        except (BaseError, OSError) as error:
            raise DependencyUnavailable("the content store does not answer") from error
        return unseal(data_key, sealed, key)

    async def delete(self, key: BlobKey) -> None:
        """Remove a blob; a missing one is no error.

        Raises:
            DependencyUnavailable: the store does not answer.
        """
        try:
            await self._store.delete_async(key)
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise DependencyUnavailable("the content store does not answer") from error

    async def put_content(self, key: BlobKey, content: Content) -> None:
        """Write a revision's text."""
        await self.put(key, content.model_dump_json().encode())

    async def get_content(self, key: BlobKey) -> Content:
        """Read a revision's text."""
        return Content.model_validate_json(await self.get(key))


class StoredKeys:
    """Wrapped data keys beside the blobs they open, at `keys/<school>`."""

    def __init__(self, store: ObjectStore, root: Path | None = None) -> None:
        self._store = store
        self._root = root

    async def wrapped_key(self, school: SchoolId) -> bytes | None:
        """Return the wrapped key, or None when the school has none."""
        try:
            result = await self._store.get_async(f"keys/{school}")
            return bytes(await result.bytes_async())
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as error:
            raise DependencyUnavailable("the content store does not answer") from error

    async def create_wrapped_key(self, school: SchoolId, wrapped: bytes) -> bool:
        """Keep the key unless there is one."""
        try:
            await self._store.put_async(f"keys/{school}", wrapped, mode="create")
        except (AlreadyExistsError, FileExistsError):
            return False
        except (BaseError, OSError) as error:
            raise DependencyUnavailable("the content store does not answer") from error
        if self._root is not None:
            _sync(self._root / "keys" / school)
        return True


def open_content_store(settings: StoreSettings) -> ContentStore:
    """Open the store that the settings name."""
    location = settings.content_location()
    parts = urlsplit(location)
    root = None
    store: ObjectStore
    if parts.scheme == "memory":
        store = MemoryStore()
    elif parts.scheme == "file":
        root = Path(url2pathname(parts.path))
        root.mkdir(parents=True, exist_ok=True)
        store = LocalStore(root)
    else:
        store = from_url(location)
    return ContentStore(store, Keyring(settings.master_key, StoredKeys(store, root)), root)


def _sync(path: Path) -> None:
    """Make a local blob survive a power cut: the store itself does not."""
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
