from pathlib import Path

from services.local.process_log import ProcessLog, last_lines, open_log


def test_a_log_goes_on_where_it_was_until_it_is_large(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "poller.log"
    for text in (b"one\n", b"two\n", b"three\n"):
        with open_log(path, kept_bytes=8) as log:
            log.write(text)
    assert path.read_bytes() == b"three\n"
    assert (tmp_path / "logs" / "poller.log.1").read_bytes() == b"one\ntwo\n"


def test_the_log_of_a_process_that_goes_on_for_long_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "poller.log"
    with ProcessLog(path, kept_bytes=8) as log:
        for line in (b"one", b"two", b"three", b"four", b"five"):
            log.write(line)
    assert path.read_bytes() == b"five\n"
    assert (tmp_path / "poller.log.1").read_bytes() == b"three\nfour\n"


def test_the_last_lines_survive_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"first\nsecond \xff\nthird\n")
    assert last_lines(path, 2) == "second \N{REPLACEMENT CHARACTER}\nthird"
