"""What has travelled while the suite ran."""

import msgspec

from desktop_chat.protocol.codec import AnyPacket
from desktop_chat.protocol.commands import AnyCommand
from desktop_chat.protocol.events import NewMessage
from desktop_chat.protocol.replies import Error, MessageHistory


class Seen:
    """Types of packets, codes of errors, kinds of actions and codes of closing."""

    def __init__(self) -> None:
        self.commands: set[str] = set()
        self.packets: set[str] = set()
        self.codes: set[str] = set()
        self.actions: set[str] = set()
        self.closings: set[int] = set()

    def said(self, command: AnyCommand) -> None:
        """A client said it."""
        self.commands.add(tag_of(command))

    def came(self, packet: AnyPacket) -> None:
        """A server said it."""
        self.packets.add(tag_of(packet))
        if isinstance(packet, Error):
            self.codes.add(packet.code)
        entries = [packet.message] if isinstance(packet, NewMessage) else []
        if isinstance(packet, MessageHistory):
            entries = packet.messages
        self.actions |= {tag_of(each.action) for each in entries if each.action is not None}


def tag_of(packet: msgspec.Struct) -> str:
    """What a packet or an action is called on the wire."""
    return str(packet.__struct_config__.tag)
