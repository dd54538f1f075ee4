"""What the rows of the sidebar's lists share: places, colours and the painting of their parts."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from desktop_chat.core.models import SendState
from desktop_chat.language import tr
from desktop_chat.ui import avatar, icons, mirroring, theme
from desktop_chat.ui.message_painter import paint_state
from desktop_chat.ui.theme import Theme, Tokens
from desktop_chat.viewmodels import wording
from desktop_chat.viewmodels.conversation_list import ConversationRow

ROW_HEIGHT = 68
AVATAR = 46
_LEFT, _RIGHT = 10, 11
_MARK = 15
"""How wide the clock or ticks of one's own message are."""
_TEXT_X = 68
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def has_keyboard(option: QStyleOptionViewItem) -> bool:
    """Whether a row is where the keyboard is, and that is to be seen: one came there by key."""
    state = option.state
    return bool(state & QStyle.StateFlag.State_HasFocus) and bool(
        state & QStyle.StateFlag.State_KeyboardFocusChange
    )


def paint_background(
    painter: QPainter, rect: QRect, tokens: Tokens, *, selected: bool, hover: bool, focus: bool
) -> QRect:
    """A row's rounded background; returns the room inside."""
    room = QRect(rect.x() + 8, rect.y() + 2, rect.width() - 16, rect.height() - 4)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if selected or hover:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("row_selected" if selected else "row_hover"))
        painter.drawRoundedRect(room, 10, 10)
    if focus:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("accent"), 2))
        painter.drawRoundedRect(QRectF(room).adjusted(1, 1, -1, -1), 9, 9)
    return room


def paint_avatar(
    painter: QPainter,
    room: QRect,
    look: Theme,
    subject: avatar.Subject,
    *,
    online: bool,
    selected: bool,
) -> None:
    """An avatar where the row begins, with a dot for somebody who is online."""
    tokens = look.tokens
    place = QRect(room.x() + _LEFT, room.y() + (room.height() - AVATAR) // 2, AVATAR, AVATAR)
    at = mirroring.placed(place, room).topLeft()
    avatar.paint(painter, at, AVATAR, subject, look.portraits)
    if online:
        center = QPointF(at.x() + AVATAR - 6, at.y() + AVATAR - 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("row_selected" if selected else "sidebar"))
        painter.drawEllipse(center, 7.5, 7.5)
        painter.setBrush(tokens.color("online"))
        painter.drawEllipse(center, 5.5, 5.5)


def paint_conversation(painter: QPainter, room: QRect, row: ConversationRow, tokens: Tokens) -> None:
    """Name, time, preview and badge of a conversation."""
    lively = row.unread > 0 and not row.muted
    paint_title_and_time(painter, room, row.title, row.time, tokens, lively=lively, muted=row.muted)
    lower = lower_line(room)
    room_for_text = _paint_badge(painter, lower, row, tokens)
    if row.typing:
        paint_prefixed(painter, room_for_text, "", row.typing, tokens.muted, tokens.accent)
        return
    if row.own_state is not None and not row.is_draft and row.own_state is not SendState.FAILED:
        # The mark stands before the words, where the eye begins to read.
        mark = mirroring.placed(QRect(lower.left(), lower.center().y() + 4, _MARK, 1), lower)
        paint_mark(painter, QPointF(mark.topLeft()), row.own_state, tokens)
        room_for_text = cut(room_for_text, start=_MARK + 5)
    prefix_color = tokens.accent if row.is_draft else tokens.muted
    if row.own_state is SendState.FAILED and not row.is_draft:
        words = tr("Not sent:")
        paint_prefixed(painter, room_for_text, f"{words} ", row.preview, tokens.danger, tokens.muted)
    else:
        paint_prefixed(painter, room_for_text, row.prefix, row.preview, prefix_color, tokens.muted)


def lower_line(room: QRect) -> QRect:
    """Where the second line of a row stands."""
    left = room.x() + _TEXT_X
    line = QRect(left, room.y() + 33, room.right() + 1 - _RIGHT - left, 22)
    return mirroring.placed(line, room)


def cut(rect: QRect, *, start: int = 0, end: int = 0) -> QRect:
    """What is left of a place without so many pixels where it begins, and where it ends."""
    return mirroring.placed(rect.adjusted(start, 0, -end, 0), rect)


def paint_title_and_time(
    painter: QPainter,
    room: QRect,
    title: str,
    time: str,
    tokens: Tokens,
    *,
    lively: bool = False,
    muted: bool = False,
) -> None:
    """The first line of a row; ``lively`` puts the time into the accent colour, ``muted`` a struck bell
    behind the title."""
    rect = lower_line(room).translated(0, -24)
    painter.setFont(theme.font(12))
    width = painter.fontMetrics().horizontalAdvance(time)
    painter.setPen(QColor(tokens.accent if lively else tokens.muted))
    painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, time)
    painter.setFont(theme.font(theme.TEXT_PX, QFont.Weight.DemiBold))
    painter.setPen(QColor(tokens.text))
    name = cut(rect, end=width + 10)
    words = elided(title, name.width() - (20 if muted else 0), QFont.Weight.DemiBold)
    painter.drawText(name, _FLAGS, mirroring.in_its_order(words))
    if muted:
        ratio = painter.device().devicePixelRatioF()
        at = name.left() + _metrics(QFont.Weight.DemiBold).horizontalAdvance(words) + 5
        bell = icons.pixmap("bell-off", tokens.faint, 14, ratio)
        place = mirroring.placed(QRect(at, name.center().y() - 6, 14, 14), name)
        painter.drawPixmap(place.topLeft(), bell)


def paint_mark(painter: QPainter, at: QPointF, state: SendState, tokens: Tokens) -> None:
    """The clock or ticks of one's own message in a list."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(tokens.color("accent" if state is SendState.READ else "muted"), 1.4)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    # The clock and the single tick stand at the right of their place; here they begin where two ticks do.
    offset = QPointF(0 if state in (SendState.DELIVERED, SendState.READ) else -4, 0)
    paint_state(painter, at + offset, state)


def paint_prefixed(
    painter: QPainter, rect: QRect, prefix: str, text: str, prefix_color: str, color: str
) -> None:
    """A line of text, elided, after words in another colour."""
    rect = paint_prefix(painter, rect, prefix, prefix_color)
    painter.setPen(QColor(color))
    painter.drawText(rect, _FLAGS, mirroring.in_its_order(elided(text, rect.width())))


def paint_prefix(painter: QPainter, rect: QRect, prefix: str, color: str) -> QRect:
    """Words where a line begins; returns the room that is left in it."""
    painter.setFont(theme.font())
    if not prefix:
        return rect
    painter.setPen(QColor(color))
    painter.drawText(rect, _FLAGS, prefix)
    return cut(rect, start=_metrics(QFont.Weight.Normal).horizontalAdvance(prefix))


def elided(text: str, width: int, weight: QFont.Weight = QFont.Weight.Normal) -> str:
    """``text`` in the app's font with an ellipsis where there is no room; only as much of it is measured as
    could fit."""
    return _elided(text[: max(8, width // 2)], width, weight)


@lru_cache(maxsize=512)
def _elided(text: str, width: int, weight: QFont.Weight) -> str:
    return _metrics(weight).elidedText(text, Qt.TextElideMode.ElideRight, width)


@lru_cache(maxsize=8)
def _metrics(weight: QFont.Weight) -> QFontMetrics:
    return QFontMetrics(theme.font(theme.TEXT_PX, weight))


def _paint_badge(painter: QPainter, rect: QRect, row: ConversationRow, tokens: Tokens) -> QRect:
    """The unread count, a mark for what was not sent, or that it is pinned; returns the room that is left."""
    text = wording.unread(row.unread) if row.unread else "!" if row.failed else ""
    if not text:
        return _paint_dot_or_pin(painter, rect, row, tokens)
    painter.setFont(theme.font(theme.SMALL_PX, QFont.Weight.Bold))
    width = max(20, painter.fontMetrics().horizontalAdvance(text) + 12)
    badge = mirroring.placed(QRect(rect.right() + 1 - width, rect.y() + 1, width, 20), rect)
    painter.setPen(Qt.PenStyle.NoPen)
    quiet = row.unread > 0 and row.muted
    painter.setBrush(tokens.color("faint" if quiet else "badge" if row.unread else "danger"))
    painter.drawRoundedRect(badge, 10, 10)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
    return cut(rect, end=width + 8)


def _paint_dot_or_pin(painter: QPainter, rect: QRect, row: ConversationRow, tokens: Tokens) -> QRect:
    if row.marked_unread:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("badge"))
        dot = mirroring.placed(QRect(rect.right() - 13, rect.center().y() - 5, 12, 12), rect)
        painter.drawEllipse(dot)
    elif row.pinned:
        pin = icons.pixmap("pin", tokens.faint, 16, painter.device().devicePixelRatioF())
        place = mirroring.placed(QRect(rect.right() - 15, rect.center().y() - 7, 16, 16), rect)
        painter.drawPixmap(place.topLeft(), pin)
    else:
        return QRect(rect)
    return cut(rect, end=24)
