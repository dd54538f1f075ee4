"""How the log is written. Code logs by the standard library, as ``_log.info("event words key=%s", value)``;
the formatters here take that apart again, so that a line is a time, a level, a logger, an event and fields.

What people write, their passwords, tokens and the names of their files are in no event. An exception is
logged by its type and where it was raised: its words may quote what it stumbled over.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime

_FIELD = re.compile(r"\s*\b(\w+)=%\w")
_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f]+")


def set_up(log_format: str) -> None:
    """Log to standard error from now on, as ``text`` or ``json``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def event_and_fields(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """What happened, and the values that came with it by their names."""
    template, arguments = str(record.msg), record.args
    names = _FIELD.findall(template)
    if not names or not isinstance(arguments, tuple) or len(names) != len(arguments):
        return record.getMessage(), {}
    return _FIELD.sub("", template).strip(), dict(zip(names, arguments, strict=True))


class TextFormatter(logging.Formatter):
    """``TIME LEVEL LOGGER event key=value …``, always one line for each record, and one for each line of a
    traceback."""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = event_and_fields(record)
        line = [_time(record), record.levelname, record.name, event.replace("\n", "\\n")]
        line += (f"{name}={_text(value)}" for name, value in fields.items())
        return "\n".join([" ".join(line), *_trace(record)])


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = event_and_fields(record)
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "event": event,
            "fields": {name: _json(value) for name, value in fields.items()},
        }
        if trace := _trace(record):
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _text(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _json(value: object) -> object:
    return value if isinstance(value, int | float | None) else str(value)


def _trace(record: logging.LogRecord) -> list[str]:
    if not record.exc_info or record.exc_info[0] is None:
        return []
    kind, _, frames = record.exc_info
    lines = [f"  {each.filename}:{each.lineno} in {each.name}" for each in traceback.extract_tb(frames)]
    return [*lines, f"  {kind.__name__}"]
