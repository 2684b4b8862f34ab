import base64
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from schemas.content import Content
from services.shared.content_store import ContentStore, open_content_store
from services.shared.errors import ContentGone, DependencyUnavailable, InputRejected, SettingsError
from services.shared.settings import StoreSettings
from tests.support.events import SCHOOL

OTHER_SCHOOL = "sch-00000000000000ff"
KEY = f"{SCHOOL}/content/a"


def a_key() -> SecretStr:
    return SecretStr(base64.b64encode(os.urandom(32)).decode())


def opened(folder: Path, key: SecretStr) -> ContentStore:
    return open_content_store(StoreSettings(data_dir=folder, master_key=key))


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    location = "" if request.param == "file" else "memory://"
    return open_content_store(StoreSettings(data_dir=tmp_path, content_url=location, master_key=a_key()))


async def test_what_was_put_comes_back(store: ContentStore) -> None:
    content = Content(text="Robin's certificate \N{PARTY POPPER}")
    await store.put_content(KEY, content)
    assert await store.get_content(KEY) == content


async def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(store: ContentStore) -> None:
    await store.put(KEY, b"text")
    await store.delete(KEY)
    await store.delete(KEY)
    with pytest.raises(ContentGone):
        await store.get(KEY)


async def test_the_disk_holds_nothing_readable(tmp_path: Path) -> None:
    store = opened(tmp_path, a_key())
    await store.put(KEY, b"a name of a pupil")
    written = everything_in(tmp_path)
    assert b"a name" not in written
    assert len(written) > 0


async def test_another_process_with_the_same_key_reads_it(tmp_path: Path) -> None:
    key = a_key()
    await opened(tmp_path, key).put(KEY, b"text")
    assert await opened(tmp_path, key).get(KEY) == b"text"


async def test_another_master_key_is_named_as_the_problem(tmp_path: Path) -> None:
    await opened(tmp_path, a_key()).put(KEY, b"text")
    with pytest.raises(SettingsError, match="SCHOOLGATE_MASTER_KEY is not the key this store was made with"):
        await opened(tmp_path, a_key()).get(KEY)


async def test_a_blob_cannot_be_altered_or_moved(tmp_path: Path) -> None:
    store = opened(tmp_path, a_key())
    await store.put(KEY, b"text")
    blob = tmp_path / "content" / KEY
    blob.with_name("b").write_bytes(blob.read_bytes())
    with pytest.raises(InputRejected, match="altered"):
        await store.get(f"{SCHOOL}/content/b")
    whole = blob.read_bytes()
    for altered in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:-1], whole[:5], b""):
        blob.write_bytes(altered)
        with pytest.raises(InputRejected, match="altered"):
            await store.get(KEY)


async def test_a_key_is_on_the_disk_before_anything_is_sealed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(tmp_path / "content")))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    await opened(tmp_path, a_key()).put(KEY, b"text")
    assert synced == [f"keys/{SCHOOL}", "keys", KEY, str(Path(KEY).parent)]


async def test_schools_have_keys_of_their_own(tmp_path: Path) -> None:
    keyring = opened(tmp_path, a_key()).keyring
    assert await keyring.data_key(SCHOOL) != await keyring.data_key(OTHER_SCHOOL)
    assert await keyring.pseudonym(SCHOOL, "author", "1") != await keyring.pseudonym(OTHER_SCHOOL, "author", "1")
    assert await keyring.pseudonym(SCHOOL, "author", "1") == await keyring.pseudonym(SCHOOL, "author", "1")


async def test_a_destroyed_key_erases_the_school(tmp_path: Path) -> None:
    key = a_key()
    await opened(tmp_path, key).put(KEY, b"text")
    (tmp_path / "content" / "keys" / SCHOOL).unlink()
    with pytest.raises(InputRejected, match="cannot be opened"):
        await opened(tmp_path, key).get(KEY)


async def test_a_store_that_cannot_be_written_is_a_dependency(tmp_path: Path) -> None:
    store = opened(tmp_path, a_key())
    await store.keyring.data_key(SCHOOL)
    (tmp_path / "content" / SCHOOL).write_bytes(b"a file where the folder should be")
    with pytest.raises(DependencyUnavailable):
        await store.put(KEY, b"text")
