"""A record as it is written."""

import json
import logging
import sys

from server.logs import JsonFormatter, TextFormatter


def _record(template: str, *arguments: object, error: bool = False) -> logging.LogRecord:
    try:
        raise ValueError("somebody's words")
    except ValueError:
        raised = sys.exc_info() if error else None
    record = logging.LogRecord("server.x", logging.INFO, __file__, 1, template, arguments, raised)
    record.created = 1767225600.25
    return record


def test_an_event_and_its_fields() -> None:
    record = _record("connection closed user=%d device=%d code=%s", 7, 12, None)
    assert json.loads(JsonFormatter().format(record)) == {
        "time": "2026-01-01T00:00:00.250+00:00",
        "level": "INFO",
        "logger": "server.x",
        "event": "connection closed",
        "fields": {"user": 7, "device": 12, "code": None},
    }
    assert TextFormatter().format(record) == (
        "2026-01-01T00:00:00.250+00:00 INFO server.x connection closed user=7 device=12 code=None"
    )


def test_a_value_stays_a_value_and_a_line_a_line() -> None:
    record = _record("read failed error=%s", 'no "such" file\nINFO server.x all is well')
    assert (
        TextFormatter()
        .format(record)
        .endswith(r'read failed error="no \"such\" file\nINFO server.x all is well"')
    )
    assert "\n" not in JsonFormatter().format(record)


def test_what_is_no_event_with_fields_is_left_as_it_is() -> None:
    for template, arguments in (("50%% of %s", ("it",)), ("a=%d of %d", (1, 2)), ("plain", ())):
        record = _record(template, *arguments)
        line = json.loads(JsonFormatter().format(record))
        assert (line["event"], line["fields"]) == (record.getMessage(), {})
    assert TextFormatter().format(_record("two\nlines")).endswith("two\\nlines")


def test_an_exceptions_words_are_not_written() -> None:
    for formatter in (TextFormatter(), JsonFormatter()):
        written = formatter.format(_record("command failed user=%d", 7, error=True))
        assert "ValueError" in written
        assert "test_logs.py" in written
        assert "somebody's words" not in written
