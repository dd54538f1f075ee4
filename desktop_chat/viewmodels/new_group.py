"""Making a group."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_chat.language import tr, trn
from desktop_chat.protocol.limits import TITLE_MAX_CHARS
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.people_picker import PeoplePicker
from desktop_chat.viewmodels.portrait_change import PortraitChange

if TYPE_CHECKING:
    from desktop_chat.services.client import Client


class NewGroup(QObject):
    """A group that is being made: its name and its people."""

    opened = Signal(int)
    """It is made; its conversation id."""
    failed = Signal(str)
    portrait_changed = Signal()
    """It is to have another picture."""

    def __init__(
        self,
        client: "Client",
        spawn: Spawn,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._spawn = spawn
        self._making = False
        self._closed = self._made = False
        self.people = PeoplePicker(client, spawn, parent=self)
        self.portrait = PortraitChange(client, None, spawn, self._take_portrait, self)
        """The picture of the group: sent as soon as it is chosen."""
        self._file_id = ""

    @property
    def file_id(self) -> str:
        """The picture that the group is to have, empty for none."""
        return self._file_id

    def close(self) -> None:
        """Nobody looks any more: an answer that comes later is told to nobody, this object may be gone."""
        self._closed = True
        self.portrait.close()
        self.people.close()
        if self._file_id and not self._made:
            self._spawn(self._client.portraits.abandon(self._file_id))

    def make(self, title: str, *, board: bool) -> None:
        """Make it; ``opened`` follows, or words."""
        title = title.strip()
        if not title:
            self.failed.emit(tr("A group needs a name."))
        elif len(title) > TITLE_MAX_CHARS:
            words = trn(
                "A group's name has at most {count} character.",
                "A group's name has at most {count} characters.",
                count=TITLE_MAX_CHARS,
            )
            self.failed.emit(words)
        elif self.portrait.busy:
            self.failed.emit(tr("The picture is still on its way. Try again in a moment."))
        elif not self._making:
            self._making = True
            self._spawn(self._make(title, board))

    async def _take_portrait(self, file_id: str) -> None:
        before, self._file_id = self._file_id, file_id
        if before:
            await self._client.portraits.abandon(before)
        if not self._closed:
            self.portrait_changed.emit()

    async def _make(self, title: str, board: bool) -> None:
        user_ids = tuple(each.user_id for each in self.people.chosen)
        try:
            conversation_id = await self._client.actions.create_group(
                title, user_ids, board=board, picture=self._file_id
            )
            self._made = True
        except ClientError as error:
            if not self._closed:
                self.failed.emit(str(error))
            return
        finally:
            self._making = False
        if not self._closed:
            self.opened.emit(conversation_id)
