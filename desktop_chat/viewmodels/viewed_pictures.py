"""The pictures that a viewer goes through, one after the other: a timeline's, or those that were shared."""

from collections.abc import Iterable

from msgspec import Struct
from PySide6.QtCore import QModelIndex, QObject, Signal

from desktop_chat.viewmodels.attached_files import AttachedFile
from desktop_chat.viewmodels.shared import SharedModel
from desktop_chat.viewmodels.timeline import TimelineModel

Key = tuple[int, int]
"""The local_id of a message, and the place of a picture in it."""
_NEAR = 8


class Shown(Struct, frozen=True):
    """A picture of the conversation, and whose."""

    local_id: int
    file: AttachedFile
    sender: str
    sent_at_ms: int


class ViewedPictures(QObject):
    """Base of both."""

    changed = Signal()
    """There are others, or one stands otherwise."""
    gone = Signal()
    """There are none any more."""

    def keys(self) -> list[Key]:
        """Every picture, in the order of the conversation."""
        raise NotImplementedError

    def look(self, key: Key) -> Shown | None:
        """One of them; None where it is not there any more."""
        raise NotImplementedError


class TimelinePictures(ViewedPictures):
    """Those that a timeline holds. They are counted when rows come and go, not when they are looked at."""

    def __init__(self, model: TimelineModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        model.dataChanged.connect(self._rows_changed)
        for changed in (model.rowsInserted, model.rowsRemoved, model.rowsMoved, model.modelReset):
            changed.connect(self._count)
        model.destroyed.connect(self.gone)
        self._keys = self._keys_of(range(model.rowCount()))

    def keys(self) -> list[Key]:
        return self._keys

    def look(self, key: Key) -> Shown | None:
        model, row = self._model, self._model.row_of(key[0])
        if row < 0:
            return None
        file = next((each for each in model.files(row) if each.place == key[1] and each.is_picture), None)
        if file is None:
            return None
        message = model.message(row)
        sender = "You" if model.is_own(message) else model.sender_title(message)
        return Shown(message.local_id, file, sender, message.sent_at_ms)

    def _keys_of(self, rows: Iterable[int]) -> list[Key]:
        return [
            (self._model.message(row).local_id, each.place)
            for row in rows
            for each in self._model.files(row)
            if each.is_picture
        ]

    def _count(self) -> None:
        self._keys = self._keys_of(range(self._model.rowCount()))
        self.changed.emit()

    def _rows_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        rows = range(first.row(), last.row() + 1)
        ids = {self._model.message(row).local_id for row in rows}
        if self._keys_of(rows) != [key for key in self._keys if key[0] in ids]:
            self._count()  # a message with pictures was deleted, and stays as a row without any
        else:
            self.changed.emit()


class SharedPictures(ViewedPictures):
    """Those that were shared, as far as they are loaded; near the oldest, older ones are loaded."""

    def __init__(self, model: SharedModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        model.dataChanged.connect(self.changed)
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            changed.connect(self._count)
        model.destroyed.connect(self.gone)
        self._keys = self._all()

    def keys(self) -> list[Key]:
        return self._keys

    def look(self, key: Key) -> Shown | None:
        row = self._model.row_of(*key)
        if row < 0:
            return None
        if row >= self._model.rowCount() - _NEAR:
            self._model.load_more()
        item = self._model.item(row)
        assert item.file is not None
        return Shown(key[0], item.file, self._model.who(item.message), item.message.sent_at_ms)

    def _count(self) -> None:
        self._keys = self._all()
        self.changed.emit()

    def _all(self) -> list[Key]:
        items = (self._model.item(row) for row in range(self._model.rowCount()))
        return [
            (each.message.local_id, each.place)
            for each in sorted(items, key=lambda item: (item.message.seq or 0, item.place))
        ]
