"""What a user may do with a message, by the server's rules (docs/protocol.md, Rights): the window offers
nothing that the server would refuse. The server decides all the same."""

from msgspec import Struct

from desktop_chat.core.attachments import FILE_KINDS, decode
from desktop_chat.core.models import NOTICE, Conversation, Message, SendState


class MessageRights(Struct, frozen=True):
    """Each is whether it may be offered."""

    reply: bool = False
    edit: bool = False
    delete: bool = False
    react: bool = False
    pin: bool = False
    star: bool = False
    forward: bool = False
    details: bool = False
    versions: bool = False
    discard: bool = False
    retry: bool = False


def is_manager(conversation: Conversation) -> bool:
    """Whether the user runs this conversation: an owner or admin of a group, each of two people."""
    return not conversation.gone and (conversation.kind != "group" or conversation.role != "member")


def may_write(conversation: Conversation) -> bool:
    """Whether the user may write here."""
    return not conversation.gone and (not conversation.info.board or is_manager(conversation))


def message_rights(message: Message, conversation: Conversation, own_id: int) -> MessageRights:
    """What the user may do with a message of a conversation."""
    from_here = message.seq is None
    if from_here:
        failed = message.state is SendState.FAILED
        return MessageRights(discard=failed or message.state is SendState.PENDING, retry=failed)
    if message.kind == NOTICE or message.kind == "deleted":
        return MessageRights()
    own = message.sender_id == own_id
    extra = message.extra
    writes = may_write(conversation)
    manages = is_manager(conversation)
    here = not conversation.gone
    return MessageRights(
        reply=writes,
        edit=own and writes and _has_words(message) and (extra is None or extra.origin is None),
        delete=here and (own or (conversation.kind == "group" and manages)),
        react=here and (writes or conversation.kind == "group"),
        pin=writes and manages,
        star=here,
        forward=True,
        details=here,
        versions=here and extra is not None and extra.edited_at_ms > 0,
    )


def _has_words(message: Message) -> bool:
    """Whether a person can have written its words: a text, or what stands below files that can be read."""
    return message.kind == "text" or (message.kind in FILE_KINDS and bool(decode(message.body).files))
