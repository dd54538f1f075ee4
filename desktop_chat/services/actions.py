"""What needs the server's answer at once: changing messages, groups, the account and the server itself. What
it changes comes back as events, like what others change."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from desktop_chat.core import attachments
from desktop_chat.core.ids import new_client_id
from desktop_chat.core.models import Message
from desktop_chat.core.session import Refused
from desktop_chat.language import tr
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import Connection, ConnectionLost
from desktop_chat.protocol import commands, replies
from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.commands import AnyCommand
from desktop_chat.protocol.limits import MAX_BODY_CHARS
from desktop_chat.protocol.records import AuditEntry, Content, Device, Mute, Receipt, Version
from desktop_chat.services.errors import ClientError
from desktop_chat.services.sync import Sync

R = TypeVar("R")


class Actions:
    """One request each. All raise ClientError, in words; where the connection was lost before the answer, it
    may have been carried out all the same, and what came of it is told when the connection is back."""

    def __init__(self, clock: Clock, connection: Connection, sync: Sync) -> None:
        self._clock = clock
        self._connection = connection
        self._sync = sync

    async def edit(self, message: Message, text: str, mentions: tuple[int, ...] = ()) -> None:
        """Change what an own message says; of one with files, its caption."""
        try:
            content = Content(message.kind, attachments.with_words(message.kind, message.body, text.strip()))
        except ValueError:
            raise ClientError(
                tr("This message cannot be read by this version, and so not changed.")
            ) from None
        if len(content.body) > MAX_BODY_CHARS:
            raise ClientError(tr("The caption and the files' names are too long for one message."))
        await self._log(
            lambda id_, key: commands.EditMessage(
                id_, message.conversation_id, key, _seq(message), content, mentions
            )
        )

    async def delete(self, message: Message) -> None:
        """Take a message's content away for everybody."""
        await self._log(
            lambda id_, key: commands.DeleteMessage(id_, message.conversation_id, key, _seq(message))
        )

    async def react(self, message: Message, emoji: str, on: bool = True) -> None:
        """Put a reaction on a message, or take it off."""
        await self._log(
            lambda id_, key: commands.React(id_, message.conversation_id, key, _seq(message), emoji, on)
        )

    async def pin_message(self, message: Message, on: bool = True) -> None:
        """Pin a message for everybody, or take it off."""
        await self._log(
            lambda id_, key: commands.PinMessage(id_, message.conversation_id, key, _seq(message), on)
        )

    async def star(self, message: Message, on: bool = True) -> None:
        """Star a message for oneself, or no longer."""
        await self._ask(
            lambda id_: commands.StarMessage(id_, message.conversation_id, _seq(message), on), replies.Done
        )

    async def versions(self, message: Message) -> list[Version]:
        """What an edited message said before, the oldest first."""
        found: list[Version] = []
        while True:
            skip = len(found)
            reply = await self._ask(partial(_versions, message=message, skip=skip), replies.MessageVersions)
            if not reply.versions:
                return found
            found += reply.versions

    async def details(self, message: Message) -> list[Receipt]:
        """Who has a message delivered and read, and when."""
        reply = await self._ask(
            lambda id_: commands.LoadDetails(id_, message.conversation_id, _seq(message)),
            replies.MessageDetails,
        )
        return reply.receipts

    async def create_group(
        self,
        title: str,
        user_ids: tuple[int, ...],
        *,
        about: str = "",
        picture: str = "",
        board: bool = False,
    ) -> int:
        """Make a group; its conversation id."""
        key = self._key()
        reply = await self._ask(
            lambda id_: commands.CreateGroup(id_, key, title, user_ids, about, picture, board),
            replies.ConversationOpened,
        )
        return reply.conversation.conversation_id

    async def add_members(self, conversation_id: int, user_ids: tuple[int, ...]) -> None:
        """Bring people into a group."""
        await self._log(lambda id_, key: commands.AddMembers(id_, conversation_id, key, user_ids))

    async def remove_member(self, conversation_id: int, user_id: int) -> None:
        """Remove somebody from a group, or with the own id leave it."""
        await self._log(lambda id_, key: commands.RemoveMember(id_, conversation_id, key, user_id))

    async def set_role(self, conversation_id: int, user_id: int, role: Role) -> None:
        """Give a member another role."""
        await self._log(lambda id_, key: commands.SetRole(id_, conversation_id, key, user_id, role))

    async def set_info(
        self,
        conversation_id: int,
        *,
        title: str | None = None,
        about: str | None = None,
        picture: str | None = None,
        board: bool | None = None,
        retention_days: int | None = None,
    ) -> None:
        """Change what is said about a group, or how long any conversation is kept; None stays as it is."""
        await self._log(
            lambda id_, key: commands.SetInfo(
                id_, conversation_id, key, title, about, picture, board, retention_days
            )
        )

    async def set_preferences(
        self,
        conversation_id: int,
        *,
        pinned: bool | None = None,
        archived: bool | None = None,
        alerts: Mute | None = None,
        marked_unread: bool | None = None,
    ) -> None:
        """How the user likes to have a conversation, on all devices; None stays as it is."""
        await self._ask(
            lambda id_: commands.SetPreferences(
                id_, conversation_id, pinned, archived, alerts, marked_unread
            ),
            replies.Done,
        )

    async def typing(self, conversation_id: int, on: bool = True) -> None:
        """The user is writing, or stopped."""
        await self._ask(lambda id_: commands.SetTyping(id_, conversation_id, on), replies.Done)

    async def update_profile(
        self, *, display_name: str | None = None, about: str | None = None, picture: str | None = None
    ) -> None:
        """Change what others see; None stays as it is."""
        await self._ask(lambda id_: commands.UpdateProfile(id_, display_name, about, picture), replies.Done)

    async def update_settings(
        self,
        *,
        share_delivered: bool | None = None,
        share_read: bool | None = None,
        share_typing: bool | None = None,
        share_presence: bool | None = None,
    ) -> None:
        """Change what others get to know; None stays as it is."""
        await self._ask(
            lambda id_: commands.UpdateSettings(
                id_, share_delivered, share_read, share_typing, share_presence
            ),
            replies.Done,
        )

    async def block(self, user_id: int, on: bool = True) -> None:
        """Take nothing directly from a person any more, or again."""
        await self._ask(lambda id_: commands.BlockUser(id_, user_id, on), replies.Done)

    async def change_password(self, password: str, new_password: str, *, keep_devices: bool = False) -> None:
        """Replace the password, and sign out every other device unless ``keep_devices``."""
        await self._ask(
            lambda id_: commands.ChangePassword(id_, password, new_password, keep_devices), replies.Done
        )

    async def devices(self) -> list[Device]:
        """The own signed-in devices, the oldest first."""
        return (await self._ask(commands.ListDevices, replies.Devices)).devices

    async def revoke_device(self, device_id: int) -> None:
        """Sign out one of the own devices."""
        await self._ask(lambda id_: commands.RevokeDevice(id_, device_id), replies.Done)

    async def delete_account(self, password: str) -> None:
        """Delete the own account for good."""
        await self._ask(lambda id_: commands.DeleteAccount(id_, password), replies.Done)

    async def create_invite(self, uses: int = 1, valid_h: int = 24 * 7) -> str:
        """A code that lets ``uses`` people register."""
        return (
            await self._ask(lambda id_: commands.CreateInvite(id_, uses, valid_h), replies.InviteCreated)
        ).code

    async def remove_user(self, user_id: int) -> None:
        """Delete somebody's account, as the server's admin."""
        await self._ask(lambda id_: commands.RemoveUser(id_, user_id), replies.Done)

    async def set_admin(self, user_id: int, on: bool = True) -> None:
        """Make somebody an admin of the server, or no longer."""
        await self._ask(lambda id_: commands.SetAdmin(id_, user_id, on), replies.Done)

    async def audit(self, before_id: int | None = None) -> list[AuditEntry]:
        """A page of the audit log, the newest first."""
        return (await self._ask(lambda id_: commands.LoadAudit(id_, before_id), replies.Audit)).entries

    async def _log(self, make: Callable[[int, str], AnyCommand]) -> None:
        """Ask for an entry of a log, and wait until it is in the store."""
        key = self._key()
        await self._ask(lambda id_: make(id_, key), replies.MessageSent)

    async def _ask(self, make: Callable[[int], AnyCommand], kind: type[R]) -> R:
        try:
            reply = await self._connection.request(make)
        except (Refused, ConnectionLost) as error:
            raise ClientError.of(error) from None
        assert isinstance(reply, kind)
        await self._sync.settle()
        return reply

    def _key(self) -> str:
        return new_client_id(self._clock.now_ms(), self._clock.random_bytes(10))


def _versions(id_: int, message: Message, skip: int) -> AnyCommand:
    return commands.LoadVersions(id_, message.conversation_id, _seq(message), skip)


def _seq(message: Message) -> int:
    if message.seq is None:
        raise ClientError(tr("This message is not on the server yet."))
    return message.seq
