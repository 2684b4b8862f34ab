"""Structured logs, one JSON object a line, with everything redacted that is not an id, a code or a figure."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_SAFE_KEYS = frozenset({"event", "level", "timestamp", "service", "logger"})
_SAFE_VALUE = re.compile(r"^[A-Za-z0-9_.:/+-]{0,256}$")


def _redact(_: Any, __: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep figures, booleans and single tokens; anything with spaces or unusual characters might be content."""
    for key, value in record.items():
        if key in _SAFE_KEYS or value is None or isinstance(value, bool | int | float):
            continue
        text = str(value)
        record[key] = text if _SAFE_VALUE.match(text) else "[redacted]"
    return record


def _exception_type(_: Any, __: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name an exception's type and place: its message may quote content."""
    info = record.pop("exc_info", None)
    error = (
        info[1]
        if isinstance(info, tuple)
        else info
        if isinstance(info, BaseException)
        else sys.exc_info()[1]
        if info
        else None
    )
    if error is not None:
        record["error"] = type(error).__name__
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is not None:
            record["error_at"] = f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"
    return record


class _LibraryHandler(logging.Handler):
    """Libraries log free text that may quote what they handle: keep the logger, the level and the place."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(
            record.levelno,
            "library_message",
            logger=record.name,
            at=f"{record.module}:{record.lineno}",
            exc_info=record.exc_info,
        )


def configure(service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send this process's logs to standard output, or to `stream`; call once, first thing."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_type,
            _redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stdout),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, *structlog.get_config()["processors"]])
    structlog.contextvars.bind_contextvars(service=service)
    root = logging.getLogger()
    root.handlers[:] = [_LibraryHandler()]
    root.setLevel(max(threshold, logging.WARNING))
