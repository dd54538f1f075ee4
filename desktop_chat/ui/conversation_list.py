"""The conversation list in the sidebar."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_chat.language import tr
from desktop_chat.ui import row_painting, theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.portrait_delegate import PortraitDelegate
from desktop_chat.viewmodels.conversation_list import ConversationListModel, ConversationRole, ConversationRow

Index = QModelIndex | QPersistentModelIndex


class ConversationDelegate(PortraitDelegate):
    """Paints one conversation."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._size = QSize(200, row_painting.ROW_HEIGHT)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ConversationRow = index.data(ConversationRole.ROW)
        if row is None:
            return
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        tokens = self._look.tokens
        painter.save()
        room = row_painting.paint_background(
            painter,
            option.rect,
            tokens,
            selected=selected,
            hover=bool(state & QStyle.StateFlag.State_MouseOver),
            focus=row_painting.has_keyboard(option),
        )
        subject = Subject(row.avatar_id, row.title, row.is_note, row.portrait)
        row_painting.paint_avatar(painter, room, self._look, subject, online=row.online, selected=selected)
        row_painting.paint_conversation(painter, room, row, tokens)
        painter.restore()


class SidebarList(QListView):
    """A list of the sidebar: rows of one height, laid out in batches, chosen by click or Return."""

    chosen = Signal(QModelIndex)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(100)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(24)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.viewport().setAutoFillBackground(False)
        self.clicked.connect(self.chosen)
        self.activated.connect(self._activated)

    def setItemDelegate(self, delegate: QAbstractItemDelegate) -> None:
        super().setItemDelegate(delegate)
        if isinstance(delegate, PortraitDelegate):
            delegate.look.portraits.changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            # Qt hands it on to the dialog around the list, and that to whichever button is the default now:
            # one of a dialog, it may be, that Return has only just opened.
            event.accept()

    def _activated(self, index: QModelIndex) -> None:
        # A click has been told already; this is Return, or a double click on what is open.
        self.chosen.emit(index)


class ConversationListView(SidebarList):
    """Shows the conversations; ``opened`` says which one a person chose."""

    opened = Signal(int)
    entered_list = Signal()
    """A person went there, by mouse or by key: soon one will be chosen."""
    menu_requested = Signal(int, QPoint)
    """What can be done with a conversation is to be shown, at a point of the screen."""

    def __init__(
        self, model: ConversationListModel, look: theme.Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Conversations"), parent)
        self._conversations = model
        self.setItemDelegate(ConversationDelegate(look, self))
        self.setModel(model)
        self.chosen.connect(self._chosen)
        model.modelReset.connect(self._select_open)
        look.changed.connect(self.viewport().update)
        self._open_id = 0

    def select(self, conversation_id: int) -> None:
        """Mark a conversation as the one that is open, 0 for none."""
        self._open_id = conversation_id
        self._select_open()

    def neighbour(self, step: int) -> int:
        """The conversation this many rows below the open one, 0 where there is none."""
        row = self._conversations.row_of(self._open_id)
        wanted = row + step if row >= 0 else 0
        if not 0 <= wanted < self._conversations.rowCount():
            return 0
        return int(self._conversations.index(wanted).data(ConversationRole.ID))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            at = self.viewport().mapToGlobal(self.visualRect(index).center()) if by_key else event.globalPos()
            self.menu_requested.emit(int(index.data(ConversationRole.ID)), at)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.entered_list.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is not Qt.FocusReason.ActiveWindowFocusReason:
            self.entered_list.emit()

    def _select_open(self) -> None:
        row = self._conversations.row_of(self._open_id)
        if row < 0:
            self.clearSelection()
            return
        index = self._conversations.index(row)
        if index != self.currentIndex():
            self.setCurrentIndex(index)

    def _chosen(self, index: QModelIndex) -> None:
        self.opened.emit(int(index.data(ConversationRole.ID)))
