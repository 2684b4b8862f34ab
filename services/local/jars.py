"""Fetches the pinned jars of Apache Kafka, once, and checks every one each time.

jgo serves as a downloader of single artefacts only: its own resolution of dependencies picks wrong versions for
Kafka, so the complete list, with checksums, is pinned in `deploy/local/jars.sha256`.

`python -m services.local.jars` fills the cache ahead of time.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jgo.maven import MavenContext
from requests import RequestException

from services.shared.errors import DependencyUnavailable
from services.shared.paths import ROOT

PINNED = ROOT / "deploy" / "local" / "jars.sha256"
PARALLEL_DOWNLOADS = 8
REQUEST_TIMEOUT_S = 30
OWN_KAFKA = "set SCHOOLGATE_KAFKA_BOOTSTRAP to use a Kafka you already have"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Jar:
    """One pinned artefact of a Maven repository."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name it has in the repository and in the cache."""
        return f"{self.artifact}-{self.version}.jar"

    def is_intact(self, path: Path) -> bool:
        """Whether `path` exists and holds exactly the pinned bytes."""
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def pinned_jars(listing: Path = PINNED) -> list[Jar]:
    """Read the lines `group:artifact:version sha256:<hex>` of `listing`."""
    jars = []
    for line in listing.read_text(encoding="utf-8").splitlines():
        coordinates, digest = line.split(" sha256:")
        group, artifact, version = coordinates.split(":")
        jars.append(Jar(group, artifact, version, digest))
    return jars


def default_cache() -> Path:
    """Return the folder that all data folders of this user share; SCHOOLGATE_CACHE_DIR names another."""
    base = os.environ.get("SCHOOLGATE_CACHE_DIR")
    return (Path(base) if base else Path.home() / ".cache" / "schoolgate") / "kafka"


def ensure_jars(
    jars: Sequence[Jar],
    cache: Path,
    *,
    repository: str | None = None,
    progress: Progress = lambda _done, _total: None,
) -> list[Path]:
    """Return the paths of `jars` in `cache`, each checked; download what is missing or damaged.

    Safe with several processes at once: a file appears in the cache complete or not at all.

    Args:
        jars: what to have.
        cache: the folder; made when missing.
        repository: the base URL of a Maven repository; without one, jgo's own, Maven Central.
        progress: told after each download how many of the missing jars are done, and of how many.

    Raises:
        DependencyUnavailable: the repository does not answer, or answers with other bytes than the pinned ones.
    """
    cache.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in jars if not jar.is_intact(cache / jar.file_name)]
    if missing:
        with tempfile.TemporaryDirectory(dir=cache, prefix="download-") as folder:
            remote = {"pinned": repository} if repository else None
            maven = MavenContext(repo_cache=Path(folder), remote_repos=remote, timeout=REQUEST_TIMEOUT_S)
            _download_all(missing, partial(_download, maven=maven, cache=cache), progress)
    return [cache / jar.file_name for jar in jars]


def _download_all(jars: Sequence[Jar], download: Callable[[Jar], None], progress: Progress) -> None:
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        downloads = [pool.submit(download, jar) for jar in jars]
        try:
            for done, finished in enumerate(as_completed(downloads), start=1):
                finished.result()
                progress(done, len(jars))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _download(jar: Jar, *, maven: MavenContext, cache: Path) -> None:
    (source,) = maven.remote_repos.values()
    try:
        fetched = maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError, RequestException) as error:
        raise DependencyUnavailable(
            f"cannot download {jar.file_name}, a part of Apache Kafka, from {source}"
            f" ({type(error).__name__}): check the network and try again, or {OWN_KAFKA}"
        ) from error
    if not jar.is_intact(fetched):
        raise DependencyUnavailable(
            f"{jar.file_name} from {source} is not the pinned file (its sha256 differs):"
            f" something on the way changes downloads; use another network, or {OWN_KAFKA}"
        )
    fetched.replace(cache / jar.file_name)


def main() -> None:
    """Fill the default cache and print where it is."""
    try:
        ensure_jars(pinned_jars(), default_cache(), progress=_print_progress)
    except DependencyUnavailable as error:
        sys.exit(str(error))
    sys.stdout.write(f"Kafka's jars are in {default_cache()}\n")


def _print_progress(done: int, total: int) -> None:
    sys.stderr.write(f"\rdownloading Apache Kafka: {done} of {total}" + ("\n" if done == total else ""))


if __name__ == "__main__":
    main()
