"""A field and the list that it filters: typing searches, the arrows move, Return picks."""

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QLineEdit, QVBoxLayout, QWidget

from desktop_chat.ui.conversation_list import SidebarList


class PickList(QWidget):
    """The focus stays in the field; ``picked`` tells the row that a person chose. The model is reset by the
    answer to each ``queried``, at once or later: a Return meanwhile is meant for what is found then."""

    queried = Signal(str)
    picked = Signal(int)

    def __init__(
        self, model: QAbstractItemModel, placeholder: str, field_name: str, list_name: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._marks_first = True
        """Whether Return picks the first row of what is found, with no arrow before it."""
        self._awaits = False
        """Whether what is listed is older than what is typed."""
        self._picks_when_found = False
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(placeholder)
        self.field.setAccessibleName(field_name)
        self.field.setMaxLength(64)
        self.field.installEventFilter(self)
        self.list = SidebarList(list_name, self)
        self.list.setModel(model)
        self.setFocusProxy(self.field)
        self.between = QVBoxLayout()
        """Room for what stands between the field and the list."""
        self.between.setContentsMargins(16, 0, 16, 0)
        self.between.setSpacing(10)
        self.between.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(self.between)
        column.addWidget(self.list, 1)
        self.field.textChanged.connect(self._changed)
        self.list.chosen.connect(self._chosen)
        model.modelReset.connect(self._found)

    def set_delegate(self, delegate: QAbstractItemDelegate) -> None:
        """What paints the rows."""
        self.list.setItemDelegate(delegate)

    def start_over(self) -> None:
        """Let the next one be looked for. Nobody is marked until that is typed, or an arrow pressed: a Return
        too many picks nobody."""
        if self.field.text():
            self.field.clear()
            self._marks_first = False
            self.list.setCurrentIndex(QModelIndex())
            self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            row = self.list.currentIndex().row()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self._awaits:
                    self._picks_when_found = self._marks_first
                elif row >= 0 or self._marks_first:
                    self.picked.emit(max(0, row))
                return True
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                wanted = max(0, min(row + step, self._model.rowCount() - 1))
                self._picks_when_found = False
                self.list.setCurrentIndex(self._model.index(wanted, 0))
                return True
        return False

    def _changed(self, text: str) -> None:
        self._marks_first = self._awaits = True
        self._picks_when_found = False
        self.queried.emit(text)

    def _found(self) -> None:
        picks, self._picks_when_found, self._awaits = self._picks_when_found, False, False
        if self._marks_first and self._model.rowCount():
            self.list.setCurrentIndex(self._model.index(0, 0))
            if picks:
                self.picked.emit(0)

    def _chosen(self, index: QModelIndex) -> None:
        self.picked.emit(index.row())
