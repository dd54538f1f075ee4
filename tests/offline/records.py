"""What is said between a run and its devices, and what a device holds in the end."""

from typing import Literal

from msgspec import Struct, field

Status = Literal["done", "refused", "lost", "skipped"]


class Order(Struct, frozen=True, omit_defaults=True):
    """Something that a device is to do. What the fields mean depends on ``kind``; see ``hands``."""

    kind: str
    number: int = 0
    conversation_id: int = 0
    seq: int = 0
    text: str = ""
    on: bool = True
    amount: float = 0.0


class Entry(Struct, frozen=True):
    """One row of a timeline; ``rest`` is everything else that is shown of it, in words."""

    seq: int
    message_id: int
    client_id: str
    sender_id: int
    kind: str
    body: str
    rest: str = ""


class Talk(Struct, frozen=True):
    """One conversation as somebody holds it."""

    entries: list[Entry]
    last_seq: int
    read_seq: int
    unread: int
    pinned_seqs: tuple[int, ...] = ()
    starred: tuple[int, ...] = ()
    draft: str = ""


class View(Struct, frozen=True):
    """Everything that a device holds and shows. ``echoes`` are the texts of what is not confirmed, ``queued``
    counts the rows of the outbox; ``faults`` says what made no sense on its screen, ``trouble`` what it
    logged."""

    talks: dict[int, Talk]
    echoes: list[str] = field(default_factory=list)
    queued: int = 0
    faults: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)


class Answer(Struct, frozen=True, omit_defaults=True):
    """What became of an order: ``done`` and durable; ``refused``: nothing has changed; ``lost``: nobody
    knows; ``skipped``: this device has not what it was about. ``text`` is the client id of what was queued,
    or why something is waited for."""

    number: int
    status: Status
    text: str = ""
    view: View | None = None
