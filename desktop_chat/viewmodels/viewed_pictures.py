"""The pictures that a viewer goes through, one after the other: a timeline's, or those that were shared."""

from collections.abc import Iterable
from itertools import groupby

from msgspec import Struct
from PySide6.QtCore import QModelIndex, QObject, Signal

from desktop_chat.language import tr
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
        sender = tr("You") if model.is_own(message) else model.sender_title(message)
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
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.modelReset.connect(self._reset)
        model.destroyed.connect(self.gone)
        self._keys = self._keys_of(0, model.rowCount() - 1)

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

    # Rows come and go by whole messages, so that what is older stands before them here, as it stands below
    # them there.

    def _inserted(self, _: QModelIndex, first: int, last: int) -> None:
        older = self._model.rowCount() - 1 - last
        self._keys = [*self._keys[:older], *self._keys_of(first, last), *self._keys[older:]]
        self.changed.emit()

    def _removed(self, _: QModelIndex, first: int, last: int) -> None:
        older = self._model.rowCount() - first
        self._keys = [*self._keys[:older], *self._keys[older + last - first + 1 :]]
        self.changed.emit()

    def _reset(self) -> None:
        self._keys = self._keys_of(0, self._model.rowCount() - 1)
        self.changed.emit()

    def _keys_of(self, first: int, last: int) -> list[Key]:
        """Those of some rows, which begin with the newest message and with the first picture of each."""
        items = (self._model.item(row) for row in range(last, first - 1, -1))
        keys: list[Key] = []
        for local_id, pictures in groupby(items, lambda item: item.message.local_id):
            keys += reversed([(local_id, each.place) for each in pictures])
        return keys
