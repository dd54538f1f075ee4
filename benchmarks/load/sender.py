"""One sender: messages on one connection, and how long each took to be confirmed."""

import time
from collections import deque

from benchmarks.load.client import Client

_BODY = b"The quick brown fox jumps over the lazy dog, twice a day."


def message(request_id: int, conversation_id: int, key: int, body: bytes = _BODY) -> bytes:
    """A SEND_MESSAGE, of usual length unless the body is given."""
    return (
        b'{"type":"SEND_MESSAGE","id":%d,"conversation_id":%d,"client_id":"%032x",'
        b'"content":{"kind":"text","body":"%b"}}' % (request_id, conversation_id, key, body)
    )


def client_key(number: int) -> int:
    """A UUIDv7-like key: the time first."""
    return (time.time_ns() // 1_000_000 << 80) | (7 << 76) | (number & (2**62 - 1))


class Sender:
    """Sends on one connection, with a number of messages outstanding, and notes how long each took."""

    def __init__(self, client: Client, conversation_id: int, sender: int) -> None:
        self._client = client
        self._conversation_id = conversation_id
        self._sender = sender
        self._sent_s: deque[float] = deque()
        self._number = 10
        self.latencies_s: list[float] = []
        self.refused = 0
        self.keep = 0
        client.on_frame = self._take

    def send(self) -> None:
        """Send one."""
        self._number += 1
        self._sent_s.append(time.perf_counter())
        key = client_key(self._sender << 32 | self._number)
        self._client.send(message(self._number, self._conversation_id, key))

    def _take(self, payload: bytes) -> None:
        if payload.startswith(b'[{"type":"MESSAGE_SENT"'):
            self.latencies_s.append(time.perf_counter() - self._sent_s.popleft())
        elif payload.startswith(b'[{"type":"ERROR"'):
            self.refused += 1
            self._sent_s.popleft()
        else:
            return
        if len(self._sent_s) < self.keep:
            self.send()
