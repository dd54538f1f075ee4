"""What a search has found, in place of the conversation list while something is typed."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QTextLayout, QTextLine, QTextOption
from PySide6.QtWidgets import (
    QListView,
    QStackedLayout,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import tr
from desktop_chat.ui import mirroring, row_painting, theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.portrait_delegate import PortraitDelegate
from desktop_chat.ui.selection import utf16_length
from desktop_chat.viewmodels.search import FoundConversation, FoundMessage, Heading, SearchModel, SearchRole

Index = QModelIndex | QPersistentModelIndex

_HEADING_HEIGHT = 34
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ResultDelegate(PortraitDelegate):
    """Paints headings, conversations, and messages with the match marked."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = isinstance(index.data(SearchRole.ENTRY), Heading)
        return QSize(200, _HEADING_HEIGHT if heading else row_painting.ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(SearchRole.ENTRY)
        tokens = self._look.tokens
        painter.save()
        if isinstance(entry, Heading):
            painter.setFont(theme.font(12, QFont.Weight.DemiBold))
            painter.setPen(QColor(tokens.muted))
            painter.drawText(option.rect.adjusted(18, 4, -18, 0), _FLAGS, entry.text)
            painter.restore()
            return
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        room = row_painting.paint_background(
            painter,
            option.rect,
            tokens,
            selected=selected,
            hover=bool(option.state & QStyle.StateFlag.State_MouseOver),
            focus=row_painting.has_keyboard(option),
        )
        if isinstance(entry, FoundConversation):
            row = entry.row
            subject = Subject(row.avatar_id, row.title, row.is_note, row.portrait)
            row_painting.paint_avatar(
                painter, room, self._look, subject, online=row.online, selected=selected
            )
            row_painting.paint_conversation(painter, room, row, tokens)
        elif isinstance(entry, FoundMessage):
            self._paint_message(painter, room, entry, selected)
        painter.restore()

    def _paint_message(self, painter: QPainter, room: QRect, entry: FoundMessage, selected: bool) -> None:
        tokens = self._look.tokens
        subject = Subject(entry.avatar_id, entry.title, entry.is_note, entry.portrait)
        row_painting.paint_avatar(painter, room, self._look, subject, online=False, selected=selected)
        row_painting.paint_title_and_time(painter, room, entry.title, entry.time, tokens)
        line = row_painting.lower_line(room)
        prefix = row_painting.elided(entry.prefix, line.width() // 2)
        line = row_painting.paint_prefix(painter, line, f"{prefix.strip()} " if prefix else "", tokens.muted)
        layout = QTextLayout(row_painting.elided(entry.excerpt, line.width()), theme.font())
        if mirroring.mirrored():
            side = QTextOption(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
            side.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
            layout.setTextOption(side)
        layout.beginLayout()
        words = layout.createLine()
        words.setLineWidth(line.width())
        layout.endLayout()
        if entry.end > entry.start:
            # Asked of the layout, since in some scripts the beginning is at the right.
            places = (utf16_length(entry.excerpt[:at]) for at in (entry.start, entry.end))
            ends = sorted(_x(words, each) for each in places)
            mark = QRectF(line.x() + ends[0] - 1, line.y() + 1, ends[1] - ends[0] + 2, line.height() - 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("mark"))
            if ends[1] > ends[0]:
                painter.drawRoundedRect(mark, 3, 3)
        painter.setPen(QColor(tokens.text))
        layout.draw(painter, QPointF(line.x(), line.y() + (line.height() - words.height()) / 2))


def _x(line: QTextLine, position: int) -> float:
    """Where a place in the text is; what was left out is at its end."""
    x = line.cursorToX(min(position, line.textLength()))
    return x[0] if isinstance(x, tuple) else float(x)  # type: ignore[arg-type]


class SearchResults(QWidget):
    """The list of results, or words where there are none."""

    conversation_chosen = Signal(int)
    message_chosen = Signal(int, int)
    """Conversation id and seq."""

    def __init__(self, model: SearchModel, look: theme.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._search = model
        self._list = SidebarList(tr("Search results"), self)
        self._list.setUniformItemSizes(False)
        self._list.setLayoutMode(QListView.LayoutMode.SinglePass)
        self._list.setItemDelegate(ResultDelegate(look, self._list))
        self._list.setModel(model)
        self._list.chosen.connect(self._chosen)
        self._words = PlainLabel("", "muted", self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._words.setContentsMargins(20, 36, 20, 20)
        self._words.setWordWrap(True)
        self._reach = PlainLabel("", "small", self)
        self._reach.setContentsMargins(18, 6, 18, 10)
        self._reach.setWordWrap(True)
        self._reach.hide()
        self._stack = stack = QStackedLayout()
        stack.addWidget(self._list)
        stack.addWidget(self._words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(stack, 1)
        column.addWidget(self._reach)
        model.reach_changed.connect(self._show_reach)
        model.status_changed.connect(self._show_words)
        look.changed.connect(self._list.viewport().update)

    def focus_first(self) -> None:
        """Move the keyboard to the first result."""
        for row in range(self._search.rowCount()):
            if not isinstance(self._search.entry(row), Heading):
                self._list.setCurrentIndex(self._search.index(row))
                self._list.setFocus()
                return

    def choose_first(self) -> None:
        """Open the first result, or the one that the keys are on."""
        for row in range(self._search.rowCount()):
            if not isinstance(self._search.entry(row), Heading):
                self._chosen(self._search.index(row))
                return

    def _show_words(self, words: str) -> None:
        self._words.setText(words)
        self._stack.setCurrentIndex(1 if words else 0)

    def _show_reach(self, words: str) -> None:
        self._reach.setText(words)
        self._reach.setVisible(bool(words))

    def _chosen(self, index: QModelIndex) -> None:
        entry = index.data(SearchRole.ENTRY)
        if isinstance(entry, FoundConversation):
            self.conversation_chosen.emit(entry.row.conversation_id)
        elif isinstance(entry, FoundMessage):
            if entry.seq is None:
                self.conversation_chosen.emit(entry.conversation_id)
            else:
                self.message_chosen.emit(entry.conversation_id, entry.seq)
