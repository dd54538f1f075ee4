"""What an export looks like: as text, as JSON, as a page. Written in parts, so that any length can be."""

import html
from datetime import UTC, tzinfo
from typing import Any, Protocol

import msgspec

from desktop_chat.commands import lines, names
from desktop_chat.core.attachments import caption
from desktop_chat.core.models import NOTICE, Conversation, Message
from desktop_chat.desktop.instance_messages import Format
from desktop_chat.viewmodels import safe_text

JSON_VERSION = 1
"""Of the JSON's form; docs/command-line.md describes it."""
_NOT_WHOLE = "Older messages of this conversation are not on this computer."
_STEER: dict[int, str] = {each: f"\\u{each:04x}" for each in (*range(0x7F, 0xA0), 0x2028, 0x2029)}
"""Characters that JSON lets stand and a terminal may act upon. They are found in strings only."""
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.4 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 1rem; }
article { margin: 0.6rem 0; }
header { font-size: 12px; opacity: 0.7; }
header b { font-size: 14px; }
p { margin: 0.1rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.notice p, .note { font-style: italic; opacity: 0.7; }
"""


class ExportFormat(Protocol):
    """Each call gives the next part. ``begin``, for each conversation ``open``, ``messages`` as often as
    there are pages, ``close``; then ``end``."""

    def begin(self) -> str:
        """What stands above everything."""

    def open(self, row: Conversation, *, whole: bool) -> str:
        """What stands above a conversation; ``whole`` is whether its first message is in the cache."""

    def messages(self, page: list[Message]) -> str:
        """The next messages of the open conversation, the oldest first."""

    def close(self) -> str:
        """What stands below a conversation."""

    def end(self) -> str:
        """What stands below everything."""


def export_format(name: Format, name_of: lines.NameOf, zone: tzinfo | None = None) -> ExportFormat:
    """The format of this name. ``zone`` is the time zone of times for people, by default the local one."""
    if name == "json":
        return JsonExport(name_of)
    if name == "html":
        return HtmlExport(name_of, zone)
    return TextExport(name_of, zone)


class TextExport:
    """See ``ExportFormat``."""

    def __init__(self, name_of: lines.NameOf, zone: tzinfo | None) -> None:
        self._name_of = name_of
        self._zone = zone

    def begin(self) -> str:
        """See ``ExportFormat.begin``."""
        return ""

    def open(self, row: Conversation, *, whole: bool) -> str:
        """See ``ExportFormat.open``."""
        return f"== {names.title(row)} ==\n\n" + ("" if whole else f"({_NOT_WHOLE})\n\n")

    def messages(self, page: list[Message]) -> str:
        """See ``ExportFormat.messages``."""
        return "".join(lines.line(message, self._name_of, zone=self._zone) for message in page)

    def close(self) -> str:
        """See ``ExportFormat.close``."""
        return "\n"

    def end(self) -> str:
        """See ``ExportFormat.end``."""
        return ""


class JsonExport:
    """See ``ExportFormat``."""

    def __init__(self, name_of: lines.NameOf) -> None:
        self._name_of = name_of
        self._between_conversations = ""
        self._between_messages = ""

    def begin(self) -> str:
        """See ``ExportFormat.begin``."""
        return f'{{"desktop_chat_export": {JSON_VERSION}, "conversations": ['

    def open(self, row: Conversation, *, whole: bool) -> str:
        """See ``ExportFormat.open``."""
        about = {
            "conversation_id": row.conversation_id,
            "kind": row.kind,
            "title": names.title(row),
            "user_name": row.peer.user_name if row.peer is not None else None,
            "whole": whole,
        }
        between, self._between_conversations = self._between_conversations, ","
        self._between_messages = ""
        return f'{between}\n{_json(about)[:-1]},"messages":['

    def messages(self, page: list[Message]) -> str:
        """See ``ExportFormat.messages``."""
        parts = []
        for message in page:
            parts.append(f"{self._between_messages}\n{_json(self._fields(message))}")
            self._between_messages = ","
        return "".join(parts)

    def close(self) -> str:
        """See ``ExportFormat.close``."""
        return "\n]}"

    def end(self) -> str:
        """See ``ExportFormat.end``."""
        return "\n]}\n"

    def _fields(self, message: Message) -> dict[str, Any]:
        extra = message.extra
        moment = lines.when(message.sent_at_ms, UTC)
        fields: dict[str, Any] = {
            "seq": message.seq,
            "message_id": message.message_id,
            "sender_id": message.sender_id,
            "sender": self._name_of(message.sender_id),
            "sent_at": None if moment is None else moment.isoformat(timespec="milliseconds"),
            "kind": message.kind,
            "text": lines.words(message, self._name_of)
            if message.kind == NOTICE
            else caption(message.kind, message.body),
        }
        if files := lines.files(message):
            fields["files"] = [
                {
                    "name": each.safe_name,
                    "size_bytes": each.size_bytes,
                    "sha256": each.sha256,
                    "media_type": each.media_type,
                }
                for each in files
            ]
        if message.seq is None:
            fields["state"] = message.state.name.lower()
        if extra is not None:
            if extra.reply_to is not None:
                fields["reply_to"] = extra.reply_to
            if extra.file_ids:
                fields["file_ids"] = extra.file_ids
            if extra.edited_at_ms:
                fields["edited_at_ms"] = extra.edited_at_ms
            if extra.origin is not None:
                fields["forwarded_from"] = extra.origin
            if extra.reactions:
                fields["reactions"] = extra.reactions
        return fields


class HtmlExport:
    """See ``ExportFormat``. One file that fetches nothing and runs nothing, and says so to the browser."""

    def __init__(self, name_of: lines.NameOf, zone: tzinfo | None) -> None:
        self._name_of = name_of
        self._zone = zone

    def begin(self) -> str:
        """See ``ExportFormat.begin``."""
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        return (
            '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            f"<title>desktop-chat export</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        )

    def open(self, row: Conversation, *, whole: bool) -> str:
        """See ``ExportFormat.open``."""
        note = "" if whole else f'<p class="note">{_NOT_WHOLE}</p>\n'
        return f'<section>\n<h2 dir="auto">{html.escape(names.title(row))}</h2>\n{note}'

    def messages(self, page: list[Message]) -> str:
        """See ``ExportFormat.messages``."""
        return "".join(map(self._article, page))

    def close(self) -> str:
        """See ``ExportFormat.close``."""
        return "</section>\n"

    def end(self) -> str:
        """See ``ExportFormat.end``."""
        return "</body>\n</html>\n"

    def _article(self, message: Message) -> str:
        text = safe_text.shown_body(lines.words(message, self._name_of)).replace("\u2028", "\n")
        told = f'<p dir="auto">{html.escape(text)}</p>'
        moment = lines.when(message.sent_at_ms, UTC)
        machine = "" if moment is None else f' datetime="{moment.isoformat()}"'
        time = f"<time{machine}>{lines.stamp(message.sent_at_ms, self._zone)}</time>"
        if message.kind == NOTICE:
            return f'<article class="notice"><header>{time}</header>{told}</article>\n'
        name = html.escape(self._name_of(message.sender_id))
        return f'<article><header><b dir="auto">{name}</b> {time}</header>{told}</article>\n'


def _json(fields: dict[str, Any]) -> str:
    return msgspec.json.encode(fields).decode().translate(_STEER)
