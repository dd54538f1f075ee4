"""The audit log: what those with a right over others did with it."""

from desktop_chat.protocol.records import AuditEntry
from server.store.writer import Writer


def note(
    writer: Writer,
    now_ms: int,
    actor_id: int,
    action: str,
    *,
    conversation_id: int = 0,
    subject_id: int = 0,
    detail: str = "",
) -> None:
    """Add to it, in the transaction of what was done. ``actor_id`` is 0 for whoever has the server's command
    line; ``detail`` never holds what people write to each other."""
    writer.add_audit(AuditEntry(0, now_ms, actor_id, action, conversation_id, subject_id, detail))
