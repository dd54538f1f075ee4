"""A send state that never goes back by accident: progress is monotone, only a person's retry returns."""

from desktop_chat.core.models import Conversation, Message, SendState

_ALLOWED = frozenset(
    {
        (SendState.PENDING, SendState.SENDING),
        (SendState.SENDING, SendState.PENDING),  # connection lost, or restarted: the answer is not known
        (SendState.SENDING, SendState.FAILED),
        (SendState.PENDING, SendState.FAILED),
        (SendState.FAILED, SendState.PENDING),  # a person's retry
        # The echo or a late confirmation may overtake whatever this device believes.
        (SendState.PENDING, SendState.SENT),
        (SendState.SENDING, SendState.SENT),
        (SendState.FAILED, SendState.SENT),
    }
)


def advance(current: SendState, wanted: SendState) -> SendState:
    """The state after an event that claims ``wanted``: that, where the step is allowed, else ``current``."""
    return wanted if (current, wanted) in _ALLOWED else current


def receipt(seq: int, delivered_seq: int, others_read_seq: int) -> SendState:
    """How far the others have come with a sent message of our own. It is judged by the message's own seq:
    that of the conversation rises with every reaction and edit too."""
    if seq <= others_read_seq:
        return SendState.READ
    return SendState.DELIVERED if seq <= delivered_seq else SendState.SENT


def shown_state(message: Message, conversation: Conversation, own_id: int) -> SendState:
    """What the bubble shows: a sent message of our own is raised by how far the others have come."""
    if message.sender_id != own_id or message.seq is None or message.state is not SendState.SENT:
        return message.state
    return receipt(message.seq, conversation.delivered_seq, conversation.others_read_seq)
