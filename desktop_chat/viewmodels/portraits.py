"""Where one account's portraits are, and whose changed."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_chat.core.changes import Change, TransferChanged, UserChanged
from desktop_chat.core.transfers import TransferPhase
from desktop_chat.viewmodels.change_feed import ChangeFeed

if TYPE_CHECKING:
    from desktop_chat.services.client import Client


class AccountPortraits(QObject):
    """See ``ui.portraits.PortraitSource``."""

    changed = Signal()
    """One that was wanted is here, or somebody has another."""

    def __init__(self, client: "Client", feed: ChangeFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._wanted: set[str] = set()
        self._of = {each.user_id: each.picture for each in client.people() if each.picture}
        feed.listen(self.take)

    def path(self, file_id: str) -> str:
        """Where one is on this computer, empty while it is not."""
        return self._client.portraits.path(file_id)

    def want(self, file_id: str) -> None:
        """One is to be painted, and not here."""
        self._wanted.add(file_id)
        self._client.portraits.want(file_id)

    def seen(self, file_id: str) -> None:
        """One is on screen: of the folder of pictures, those that nobody sees go first."""
        self._client.file_fetching.seen(file_id)

    def lost(self, file_id: str) -> None:
        """One is not where it was."""
        self._client.transfers.drop(file_id)

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes. Who only comes or goes shows nothing else here."""
        told = False
        for change in changes:
            match change:
                case TransferChanged(transfer=transfer) if transfer.key in self._wanted:
                    if transfer.phase is TransferPhase.DONE:
                        self._wanted.discard(transfer.key)
                        told = True
                case UserChanged(user=user) if self._of.get(user.user_id, "") != user.picture:
                    self._of[user.user_id] = user.picture
                    told = True
        if told:
            self.changed.emit()
