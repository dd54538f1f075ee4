"""The messages of a timeline's window, sorted, found by seq and by place in the store. No Qt."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from desktop_chat.core.models import Message
from desktop_chat.viewmodels.timeline_rows import order_key

Key = tuple[int, int]


class MessageWindow:
    """Rows in the order of ``order_key``, local echoes last. Rows are indexes; -1 is none."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages = sorted(messages, key=order_key)
        self._keys = [order_key(each) for each in self._messages]
        self._key_of = {each.local_id: key for each, key in zip(self._messages, self._keys, strict=True)}

    def __len__(self) -> int:
        return len(self._messages)

    def __getitem__(self, row: int) -> Message:
        return self._messages[row]

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    def __contains__(self, local_id: object) -> bool:
        return local_id in self._key_of

    @property
    def first_seq(self) -> int | None:
        """The seq of the first row, None without one."""
        return self._messages[0].seq if self._messages else None

    def last_seq(self) -> int:
        """The highest seq, 0 without one."""
        at = bisect_left(self._keys, (1, 0))
        return self._keys[at - 1][1] if at else 0

    def row_of(self, local_id: int) -> int:
        """Where a message stands."""
        key = self._key_of.get(local_id)
        return -1 if key is None else bisect_left(self._keys, key)

    def at_seq(self, seq: int) -> int:
        """The first row whose seq is this or a higher one, or the first local echo, or the number of rows."""
        return bisect_left(self._keys, (0, seq))

    def with_seq(self, seq: int) -> int:
        """The row with this seq."""
        at = self.at_seq(seq)
        return at if at < len(self._keys) and self._keys[at] == (0, seq) else -1

    def place_for(self, message: Message) -> int:
        """Before which row a new message belongs."""
        return bisect_left(self._keys, order_key(message))

    def insert(self, row: int, message: Message) -> None:
        """Take a message in at its place."""
        key = order_key(message)
        self._messages.insert(row, message)
        self._keys.insert(row, key)
        self._key_of[message.local_id] = key

    def prepend(self, messages: list[Message]) -> None:
        """Take a page in above everything."""
        keys = [order_key(each) for each in messages]
        self._messages[:0] = messages
        self._keys[:0] = keys
        self._key_of.update((each.local_id, key) for each, key in zip(messages, keys, strict=True))

    def replace(self, row: int, message: Message) -> None:
        """Put a newer state of a message where it stands. Its key may change, its place does not."""
        key = order_key(message)
        self._messages[row] = message
        self._keys[row] = key
        self._key_of[message.local_id] = key

    def remove(self, row: int) -> Message:
        """Take a message out."""
        message = self._messages.pop(row)
        del self._keys[row], self._key_of[message.local_id]
        return message
