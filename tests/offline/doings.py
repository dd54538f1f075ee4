"""What people do in a run: each deed is ordered from a device and noted in the ledger, with what was said of
it."""

import itertools
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from desktop_chat.protocol.records import Message
from tests.offline import truth
from tests.offline.devices import Device
from tests.offline.ledger import Ledger, Sent
from tests.offline.records import Answer, Order
from tests.offline.story import EMOJI, Step

_TAKEN_BACK_OF = 4
"""Only the last few messages are ever taken back: what is older is on the server."""


class Doings:
    """The deeds of one run, in the conversations with these ids."""

    def __init__(self, ledger: Ledger, database: Path, conversation_ids: list[int]) -> None:
        self.wrong: list[str] = []
        """What was refused that nobody may refuse."""
        self._ledger, self._database, self._talks = ledger, database, conversation_ids
        self._texts = itertools.count(1)

    async def do(self, step: Step, device: Device) -> None:
        """Do what the step says. Where a device does not run or has not what it is about, nothing happens."""
        talk = self._talks[step.talk]
        match step.kind:
            case "send" | "reply":
                await self._send(
                    device, talk, step, self._target(talk, step) if step.kind == "reply" else None
                )
            case "burst":
                for _ in range(int(step.amount)):
                    await self._send(device, talk, step, None)
            case "file":
                await self._send_file(device, talk, step)
            case "discard":
                await self._discard(device, step)
            case "read":
                await self._read(device, talk, step)
            case "draft":
                text = self._text("draft", device) if step.on else ""
                await self._write(device, Order("draft", conversation_id=talk, text=text), text, "")
            case _:
                target = self._target(talk, step, device.user_id if step.kind in ("edit", "delete") else 0)
                if target is not None:
                    await self._change(device, talk, step, target)

    async def _send(self, device: Device, talk: int, step: Step, target: Message | None) -> None:
        seq = target.seq if target is not None else 0
        order = Order("send", 0, talk, seq, self._text("text", device), step.on)
        key: Hashable = ("draft", device.name, talk)
        writing = self._ledger.begin(key, "", "") if order.on else None
        answer = await self._queue(device, order, is_file=False)
        if writing is not None:
            self._ledger.end(key, writing, answer.status)

    async def _send_file(self, device: Device, talk: int, step: Step) -> None:
        order = Order("file", 0, talk, text=self._text("file", device), amount=step.amount)
        await self._queue(device, order, is_file=True)

    async def _queue(self, device: Device, order: Order, *, is_file: bool) -> Answer:
        sent = Sent(device.name, device.user_id, order.conversation_id, order.text, is_file)
        self._ledger.sent.append(sent)
        answer = await self._ask(device, order)
        sent.client_id = answer.text if answer.status == "done" else ""
        if answer.status in ("skipped", "refused"):
            self._ledger.sent.remove(sent)
        return answer

    async def _discard(self, device: Device, step: Step) -> None:
        queued = [each for each in self._ledger.sent if each.device == device.name and each.client_id]
        if queued:
            sent = _pick(queued[-_TAKEN_BACK_OF:], step.pick)
            answer = await device.obey(Order("discard", text=sent.client_id))
            sent.discarded = sent.discarded or answer.status in ("done", "lost")

    async def _read(self, device: Device, talk: int, step: Step) -> None:
        log = truth.log(self._database, talk)
        if log:
            seq = max(1, round(len(log) * (0.5 + step.pick / 2)))
            answer = await self._ask(device, Order("read", conversation_id=talk, seq=seq))
            if answer.status == "done":
                self._ledger.has_read(device.user_id, talk, seq)

    async def _change(self, device: Device, talk: int, step: Step, target: Message) -> None:
        order = Order(step.kind, 0, talk, target.seq, on=step.on)
        key: tuple[Hashable, ...] = (step.kind, talk, target.seq)
        value: Any = step.on
        first: Any = False
        match step.kind:
            case "edit":
                value, key = self._text("edit", device), ("body", talk, target.seq)
                order = Order("edit", 0, talk, target.seq, value)
                first = self._first_body(talk, target.seq)
            case "delete":
                value, key = True, ("deleted", talk, target.seq)
            case "react":
                emoji = EMOJI[int(step.pick * 1000) % len(EMOJI)]
                order = Order("react", 0, talk, target.seq, emoji, step.on)
                key = ("reaction", talk, target.seq, device.user_id, emoji)
            case "star":
                key = (*key, device.user_id)
        await self._write(device, order, value, first, key)

    async def _write(
        self, device: Device, order: Order, value: Any, first: Any, key: Hashable | None = None
    ) -> None:
        key = key or ("draft", device.name, order.conversation_id)
        writing = self._ledger.begin(key, value, first)
        answer = await (self._ask(device, order) if order.kind == "draft" else device.obey(order))
        self._ledger.end(key, writing, answer.status)

    async def _ask(self, device: Device, order: Order) -> Answer:
        """Order what concerns the device's own store alone, and is not refused."""
        answer = await device.obey(order)
        if answer.status == "refused":
            self.wrong.append(f"{device.name} refuses {order}: {answer.text}")
        return answer

    def _target(self, talk: int, step: Step, sender_id: int = 0) -> Message | None:
        """Some message that the server has, of one sender or of anybody."""
        found = [
            each
            for each in truth.log(self._database, talk)
            if each.content is not None and each.content.kind == "text" and sender_id in (0, each.sender_id)
        ]
        return _pick(found, step.pick) if found else None

    def _first_body(self, talk: int, seq: int) -> str:
        bodies = truth.read(self._database, [talk])[talk].bodies[seq]
        return bodies[0] if bodies else ""  # deleted since it was chosen

    def _text(self, kind: str, device: Device) -> str:
        return f"{kind} {next(self._texts)} of {device.name}"


def _pick(found: list[Any], pick: float) -> Any:
    return found[int(pick * len(found))]
