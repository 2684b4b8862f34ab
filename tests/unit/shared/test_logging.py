import json
import logging as stdlib_logging

import pytest
import structlog

from services.shared import logging
from services.shared.errors import SchoolgateError


def fail() -> None:
    raise SchoolgateError("Robin Example is not in the register")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_ids_codes_and_figures_pass_and_sentences_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("notify")
    structlog.get_logger().info("raised", post_id="acc-0123456789abcdef:12", tries=3, text="Robin Example of Year 4")
    (line,) = lines(capsys)
    assert line["post_id"] == "acc-0123456789abcdef:12"
    assert line["tries"] == 3
    assert line["text"] == "[redacted]"
    assert line["service"] == "notify"


def test_an_exception_is_named_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("notify")
    with pytest.raises(SchoolgateError) as caught:
        fail()
    structlog.get_logger().error("failed", exc_info=caught.value)
    output = capsys.readouterr().out
    assert "Robin" not in output
    assert json.loads(output)["error"] == "SchoolgateError"
    assert "test_logging" in json.loads(output)["error_at"]


def test_a_librarys_words_are_not_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("notify")
    stdlib_logging.getLogger("some.library").warning("cannot send to robin@example.org")
    (line,) = lines(capsys)
    assert line["logger"] == "some.library"
    assert "robin" not in json.dumps(line)
