"""Where every file stands that is on its way or here: asked by the screen, told when it changes."""

from desktop_chat.core.changes import Publish, TransferChanged
from desktop_chat.core.transfers import Transfer, TransferPhase


class Transfers:
    """One account's, by key: the client_id of an upload, the file_id of what is fetched or here."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._known: dict[str, Transfer] = {}

    def get(self, key: str) -> Transfer | None:
        """Where a file stands; None where nobody has wanted it yet."""
        return self._known.get(key)

    def put(self, transfer: Transfer) -> None:
        """A file stands otherwise now."""
        if self._known.get(transfer.key) != transfer:
            self._known[transfer.key] = transfer
            self._publish(TransferChanged(transfer))

    def move(self, key: str, phase: TransferPhase, error: str = "") -> None:
        """The same, as far as it has come; nothing where it is whole or not known."""
        known = self._known.get(key)
        if known is not None and known.phase is not TransferPhase.DONE:
            self.put(Transfer(key, phase, known.done_bytes, known.total_bytes, error, known.path))

    def went(self, key: str, done_bytes: int, total_bytes: int) -> None:
        """So much has arrived."""
        known = self._known.get(key)
        path = known.path if known is not None else ""
        self.put(Transfer(key, TransferPhase.RUNNING, done_bytes, total_bytes, path=path))

    def whole(self, key: str, path: str, size_bytes: int) -> None:
        """All of it has arrived; on this computer it is at ``path``."""
        self.put(Transfer(key, TransferPhase.DONE, size_bytes, size_bytes, path=path))

    def drop(self, key: str) -> None:
        """Nobody wants it any more."""
        if self._known.pop(key, None) is not None:
            self._publish(TransferChanged(Transfer(key, TransferPhase.WAITING)))
