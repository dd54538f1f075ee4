"""The fan-out: to each connection everything in the order in which it was pushed, to many some at a time."""

from desktop_chat.protocol.errors import CloseCode
from server.hub import Hub


class _Device:
    device_id = 1
    looking_at = None

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def is_capable(self, capability: str) -> bool:
        return False

    def push(self, frame: bytes, position: int) -> None:
        self.frames.append(frame)

    def close(self, code: CloseCode) -> None: ...


async def test_what_waits_for_one_connection_is_handed_over_together() -> None:
    hub = Hub(fan_out_chunk=3)
    devices = [_Device() for _ in range(7)]
    for user_id, device in enumerate(devices):
        hub.register(user_id, device)
    everybody = range(len(devices))
    stranger = _Device()
    hub.push(everybody, b"1", 1)
    hub.push(everybody, b"2", 2)
    hub.push([6], b"3", 3)
    hub.push_one(stranger, b"x")
    assert stranger.frames == [b"x"]
    assert not any(each.frames for each in devices)
    await hub.drained()
    assert [each.frames for each in devices[:6]] == [[b"1", b"2"]] * 6
    assert devices[6].frames == [b"1", b"2", b"3"]
    hub.push([0], b"4", 4)
    assert devices[0].frames[-1] == b"4"
