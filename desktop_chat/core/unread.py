"""Unread is arithmetic on the server's numbers, never a running +1 and -1."""


def unread(
    *,
    message_count: int,
    seen_count: int,
    last_seq: int,
    read_seq: int,
    wanted_read_seq: int,
    others_after: int,
) -> int:
    """How many messages to show as unread.

    The server's answer is ``message_count - seen_count`` (``protocol.records.Personal``). Where this
    device has read further (``wanted_read_seq``) than the server knows (``read_seq``), that answer is
    stale: then nothing is unread at ``last_seq``, and before it ``others_after`` is, the cached messages of
    others beyond ``wanted_read_seq``.
    """
    if wanted_read_seq <= read_seq:
        return max(0, message_count - seen_count)
    if wanted_read_seq >= last_seq:
        return 0
    return others_after
