"""What a test puts into a store first."""

from msgspec.structs import replace

from desktop_chat.protocol.records import Content, Info, Message, Preview
from server.store.records import UserRow
from server.store.writer import Writer


def add_user(writer: Writer, name: str) -> UserRow:
    return writer.add_user(
        UserRow.new(
            user_name=name,
            name_key=name.lower(),
            display_name=f"Display {name}",
            search_key=f"{name.lower()}\ndisplay {name.lower()}",
            password_hash=f"hash of {name}",
            now_ms=5,
            position=writer.next_position(),
        )
    )


def add_direct(writer: Writer, low: int, high: int) -> int:
    row = writer.add_conversation(
        kind="note" if low == high else "direct",
        roles={low: "member", high: "member"},
        info=Info(),
        position=writer.next_position(),
    )
    return row.conversation_id


def append(writer: Writer, conversation_id: int, sender_id: int, number: int) -> int:
    conversation = writer.conversation(conversation_id)
    assert conversation is not None
    seq, position = conversation.last_seq + 1, writer.next_position()
    content = Content("text", f"body {number} \U0001f642 \x00 \u05d0")
    writer.add_message(
        Message(conversation_id, seq, position, sender_id, f"{number:032x}", 1000 + number, content),
        replace(
            conversation,
            position=position,
            last_seq=seq,
            message_count=conversation.message_count + 1,
            preview=Preview(sender_id, "text", f"body {number}", 1000 + number, seq),
        ),
    )
    return seq


def people(writer: Writer) -> int:
    """Users 1, 2 and 3, with conversation 1 of the first two."""
    for name in ("Ada", "Bob", "Cy"):
        add_user(writer, name)
    return add_direct(writer, 1, 2)
