"""A data key per school, wrapped by the master key; what a school owns is sealed with its own key (AES-256-GCM).

Destroying a school's wrapped key erases the school: nothing else can open what it owned.
"""

import base64
import hashlib
import hmac
import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from schemas.ids import SchoolId
from services.shared.errors import InputRejected, SettingsError

NONCE_BYTES = 12
KEY_BYTES = 32


class KeyStore(Protocol):
    """Keeps wrapped data keys, one a school."""

    async def wrapped_key(self, school: SchoolId) -> bytes | None:
        """Return the wrapped key, or None when the school has none (yet, or any more)."""
        ...

    async def create_wrapped_key(self, school: SchoolId, wrapped: bytes) -> bool:
        """Keep the key unless there is one; tell whether this one was kept."""
        ...


def seal(key: bytes, plain: bytes, context: str) -> bytes:
    """Encrypt; `context` (a store key, a template id) must be the same to open, so that blobs cannot be swapped."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        InputRejected: the blob was altered, belongs elsewhere, or the key is another one.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):  # a blob that was cut off has no whole nonce
        raise InputRejected(
            "a stored blob cannot be opened: it was altered, or the key is not the one it was sealed with"
        ) from None


class Keyring:
    """Gives out the schools' data keys; creates a key on a school's first use."""

    def __init__(self, master_key: SecretStr, keys: KeyStore) -> None:
        self._master = base64.b64decode(master_key.get_secret_value())
        self._keys = keys
        self._open: dict[SchoolId, bytes] = {}

    async def data_key(self, school: SchoolId) -> bytes:
        """Return the school's data key (32 bytes).

        Raises:
            SettingsError: the master key is not the one that wrapped it.
        """
        if school not in self._open:
            self._open[school] = await self._load(school)
        return self._open[school]

    async def pseudonym(self, school: SchoolId, purpose: str, value: str) -> str:
        """Return a keyed digest (32 hexadecimal digits) that only this school's key can reproduce."""
        key = await self.data_key(school)
        return hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]

    async def _load(self, school: SchoolId) -> bytes:
        wrapped = await self._keys.wrapped_key(school)
        if wrapped is None:
            fresh = seal(self._master, os.urandom(KEY_BYTES), school)
            wrapped = (
                fresh if await self._keys.create_wrapped_key(school, fresh) else await self._keys.wrapped_key(school)
            )
        if wrapped is None:
            raise SettingsError("a school's data key was destroyed while it was in use")
        try:
            return unseal(self._master, wrapped, school)
        except InputRejected:
            raise SettingsError("SCHOOLGATE_MASTER_KEY is not the key this store was made with") from None
