"""Pictures, files or links of one conversation: a list, words where it is empty, and how far it reaches."""

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop_chat.language import tr
from desktop_chat.ui import theme
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.pictures import Pictures
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.shared_grid import SharedGrid
from desktop_chat.ui.shared_list import SharedList
from desktop_chat.viewmodels.shared import SharedItem, SharedModel, SharedRole

_NEAR_PX = 400


class SharedPart(QWidget):
    """Loads nothing before it is shown, and then as far as a person scrolls."""

    opened = Signal(object)
    """A person chose a SharedItem by click or Return."""
    menu_requested = Signal(object, QPoint)
    """What can be done with a SharedItem is to be shown, at a point of the screen."""
    seen = Signal(object)
    """SharedItems are on screen: a list."""

    def __init__(self, model: SharedModel, pictures: Pictures, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = model
        self.list: SidebarList
        if model.what == "picture":
            self.list = SharedGrid(pictures, look, self)
        else:
            links = model.what == "link"
            self.list = SharedList(tr("Links") if links else tr("Files"), look, self, with_words=links)
        self.list.setModel(model)
        self._words = PlainLabel("", "name", self)
        self._more = PlainLabel("", "muted", self)
        empty = QWidget(self)
        middle = QVBoxLayout(empty)
        middle.setContentsMargins(24, 0, 24, 0)
        middle.addStretch(2)
        for label in (self._words, self._more):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            middle.addWidget(label)
        middle.addStretch(3)
        self._reach = PlainLabel("", "small", self)
        self._reach.setContentsMargins(16, 4, 16, 4)
        self._reach.setWordWrap(True)
        self._reach.hide()
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.list)
        self._stack.addWidget(empty)
        column = QVBoxLayout(self)
        # The grid stands where the choices above it do; rows have room of their own at both sides.
        column.setContentsMargins(*((14, 4, 4, 0) if model.what == "picture" else (0, 0, 0, 0)))
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(self._reach)
        self.setFocusProxy(self.list)
        self._looking = QTimer(self, singleShot=True, interval=0)
        self._looking.timeout.connect(self._tell_seen)
        bar = self.list.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.rangeChanged.connect(self._scrolled)
        self.list.chosen.connect(self._chosen)
        self.list.installEventFilter(self)
        model.status_changed.connect(self._show_status)
        model.can_load.connect(self._scrolled)
        for changed in (model.rowsInserted, model.rowsRemoved, model.dataChanged, model.modelReset):
            changed.connect(self._seen_soon)
        self._show_status(*model.status)

    def show_reach(self, words: str) -> None:
        """Say that not everything is here yet, or with no words nothing."""
        self._reach.setText(words)
        self._reach.setVisible(bool(words))

    def showEvent(self, event: object) -> None:
        self._scrolled()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        view = self.list
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        at = view.viewport().mapFromGlobal(event.globalPos())
        index = view.currentIndex() if by_key else view.indexAt(at)
        if index.isValid():
            where = view.viewport().mapToGlobal(view.visualRect(index).center())
            self.menu_requested.emit(index.data(SharedRole.ITEM), where if by_key else event.globalPos())

    def _chosen(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(SharedRole.ITEM))

    def _scrolled(self) -> None:
        bar = self.list.verticalScrollBar()
        if self.isVisible() and bar.maximum() - bar.value() <= _NEAR_PX:
            self.model.load_more()
        self._seen_soon()

    def _seen_soon(self) -> None:
        # Once for all that changes together: to find out what is on screen, the view has to be laid out.
        if not self._looking.isActive():
            self._looking.start()

    def _tell_seen(self) -> None:
        if not self.isVisible():
            return
        items: list[SharedItem] = []
        height = self.list.viewport().height()
        first = self.list.indexAt(QPoint(8, 8))
        row = first.row() if first.isValid() else 0
        while row < self.model.rowCount():
            if self.list.visualRect(self.model.index(row)).top() > height:
                break
            items.append(self.model.item(row))
            row += 1
        if items:
            self.seen.emit(items)

    def _show_status(self, words: str, more: str) -> None:
        self._words.setText(words)
        self._more.setText(more)
        self._stack.setCurrentIndex(1 if words else 0)
