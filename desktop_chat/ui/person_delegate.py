"""People as rows."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from desktop_chat.core.models import User
from desktop_chat.language import tr
from desktop_chat.ui import icons, mirroring, row_painting, theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.portrait_delegate import PortraitDelegate
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.new_chat import PeopleRole

Index = QModelIndex | QPersistentModelIndex

_HEIGHT = 60
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def paint_two_lines(
    painter: QPainter, room: QRect, title: str, words: str, tokens: theme.Tokens, *, lively: bool = False
) -> None:
    """A name, and words below it; ``lively`` ones in the colour of who is online."""
    text = mirroring.placed(QRect(room.x() + 68, room.y() + 7, room.width() - 78, 21), room)
    painter.setFont(theme.font(theme.TEXT_PX, QFont.Weight.DemiBold))
    painter.setPen(QColor(tokens.text))
    title = row_painting.elided(title, text.width(), QFont.Weight.DemiBold)
    painter.drawText(text, _FLAGS, mirroring.in_its_order(title))
    painter.setFont(theme.font(12))
    painter.setPen(QColor(tokens.accent if lively else tokens.muted))
    painter.drawText(text.translated(0, 21), _FLAGS, mirroring.in_its_order(words))


class PersonDelegate(PortraitDelegate):
    """Paints one person."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        user: User = index.data(PeopleRole.USER)
        own = bool(index.data(PeopleRole.IS_SELF))
        tokens = self._look.tokens
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hover = bool(option.state & QStyle.StateFlag.State_MouseOver)
        title = wording.note_title() if own else wording.person(user)
        words = tr("Only you see what you write there") if own else f"@{safe_text.one_line(user.user_name)}"
        painter.save()
        room = row_painting.paint_background(
            painter,
            option.rect,
            tokens,
            selected=selected,
            hover=hover,
            focus=row_painting.has_keyboard(option),
        )
        subject = Subject(user.user_id, title, own, user.picture)
        row_painting.paint_avatar(
            painter, room, self._look, subject, online=user.online and not own, selected=selected
        )
        paint_two_lines(painter, room, title, words, tokens)
        if index.data(PeopleRole.CHOSEN):
            check = icons.pixmap("check", tokens.accent, 22, painter.device().devicePixelRatioF())
            place = mirroring.placed(QRect(room.right() - 34, room.center().y() - 11, 22, 22), room)
            painter.drawPixmap(place.topLeft(), check)
        painter.restore()
