"""Paints rows of a timeline from their layouts and the theme's colours."""

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPen,
    QPixmap,
    QTextCharFormat,
    QTextLayout,
)

from desktop_chat.core.models import SendState
from desktop_chat.language import tr
from desktop_chat.ui import avatar, mirroring, theme
from desktop_chat.ui.attachments_painter import AttachmentsPainter
from desktop_chat.ui.bubbles import RADIUS, Side, paint_bubble
from desktop_chat.ui.message_layout import (
    AVATAR,
    AVATAR_X,
    NOTICE_PX,
    OWN_MARGIN,
    PAD_X,
    TICKS_WIDTH,
    MessageLayout,
    discard_words,
    retry_words,
)
from desktop_chat.ui.pictures import Pictures
from desktop_chat.ui.portraits import Portraits
from desktop_chat.ui.reaction_chips import paint_chip
from desktop_chat.ui.selection import Selection
from desktop_chat.ui.text_block import TextLook
from desktop_chat.ui.theme import Tokens
from desktop_chat.viewmodels.timeline_rows import TimelineRow

_META_ASCENT, _META_HEIGHT = 13, 18


class MessagePainter:
    """Holds the pens and brushes of one scheme, so that a frame makes none."""

    def __init__(self, tokens: Tokens, pictures: Pictures, portraits: Portraits) -> None:
        self.tokens = tokens
        self._portraits = portraits
        self._files = AttachmentsPainter(tokens, pictures)
        self._text = QPen(tokens.color("text"))
        self._on_own = QPen(tokens.color("on_own"))

    def paint(
        self,
        painter: QPainter,
        top: int,
        layout: MessageLayout,
        *,
        sender: avatar.Subject,
        selection: Selection | None = None,
        focused: bool = False,
        marked: bool = False,
        found: Sequence[tuple[int, int]] = (),
    ) -> None:
        """One row with its upper edge at ``top``. ``sender`` is whose avatar stands beside it; ``marked``
        draws attention to a row that was jumped to; ``found`` are stretches of the text that were looked
        for."""
        row = layout.row
        painter.translate(0, top)
        if row.day:
            self._paint_pill(painter, layout.day_rect, row.day)
        if row.unread_line:
            self._paint_unread_line(painter, layout)
        if marked:
            band = QColor(self.tokens.accent)
            band.setAlpha(36)
            painter.fillRect(
                QRect(0, layout.bubble.top() - 4, layout.width, layout.bubble.height() + 8), band
            )
        if row.notice:
            self._paint_notice(painter, layout)
        else:
            tail = _tail(row) if row.last_in_group else None
            paint_bubble(painter, layout.bubble, self.tokens, own=row.own, tail=tail)
            self._paint_inside(painter, layout, selection, found)
        if focused:
            self._paint_focus(painter, layout)
        for rect, chip in layout.chips:
            paint_chip(painter, rect, chip, self.tokens)
        if not row.own and row.last_in_group and not row.notice:
            avatar.paint(painter, layout.avatar_at, AVATAR, sender, self._portraits)
        if not layout.failed_rect.isNull():
            self._paint_failed(painter, layout)
        painter.translate(0, -top)

    def _paint_focus(self, painter: QPainter, layout: MessageLayout) -> None:
        painter.setPen(QPen(self.tokens.color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(layout.bubble).adjusted(-3, -3, 3, 3), RADIUS + 2, RADIUS + 2)

    def _paint_inside(
        self,
        painter: QPainter,
        layout: MessageLayout,
        selection: Selection | None,
        found: Sequence[tuple[int, int]],
    ) -> None:
        if layout.head.height:
            layout.head.paint(painter, layout.head_at, layout.bubble.width() - 2 * PAD_X, self.tokens)
        if layout.row.files:
            self._files.paint(painter, layout.files_at, layout.files, own=layout.row.own)
        if not layout.bare:
            if layout.block.blocks or layout.block.quotes:
                self._paint_frames(painter, layout)
            self._paint_text(painter, layout, selection, found)
        self._paint_meta(painter, layout)

    def _paint_notice(self, painter: QPainter, layout: MessageLayout) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.tokens.color("pill"))
        painter.drawRoundedRect(layout.bubble, 12, 12)
        painter.setFont(theme.font(NOTICE_PX, QFont.Weight.Medium))
        painter.setPen(self.tokens.color("on_pill"))
        painter.drawText(layout.bubble, Qt.AlignmentFlag.AlignCenter, layout.notice_words)

    def _paint_frames(self, painter: QPainter, layout: MessageLayout) -> None:
        """What stands behind code, and the bar beside quoted words."""
        own = layout.row.own
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(code_color(self.tokens, own=own))
        for frame in layout.block.blocks:
            painter.drawRoundedRect(frame.translated(layout.text_at).adjusted(-6, 0, 6, 0), 6, 6)
        painter.setBrush(self.tokens.color("on_own_muted" if own else "accent"))
        for frame in layout.block.quotes:
            left = frame.right() + 5 if layout.block.right_to_left else frame.left() - 8
            bar = QRectF(left, frame.top() + 1, 3, frame.height() - 2)
            painter.drawRoundedRect(bar.translated(layout.text_at), 1.5, 1.5)

    def _paint_text(
        self,
        painter: QPainter,
        layout: MessageLayout,
        selection: Selection | None,
        found: Sequence[tuple[int, int]],
    ) -> None:
        own = layout.row.own
        painter.setPen(self._on_own if own else self._text)
        ranges: list[QTextLayout.FormatRange] = []
        for start, end in found:
            mark = QTextLayout.FormatRange()
            mark.start, mark.length = start, end - start
            format_ = QTextCharFormat()
            format_.setBackground(self.tokens.color("mark"))
            format_.setForeground(self.tokens.color("text"))
            mark.format = format_
            ranges.append(mark)
        if selection is not None and not selection.empty:
            chosen = QTextLayout.FormatRange()
            chosen.start, chosen.length = selection.start, selection.end - selection.start
            look = QTextCharFormat()
            look.setBackground(self.tokens.color("own_selection" if own else "selection"))
            chosen.format = look
            ranges.append(chosen)
        layout.block.layout.draw(painter, layout.text_at, ranges)

    def _paint_meta(self, painter: QPainter, layout: MessageLayout) -> None:
        row = layout.row
        left = layout.meta_left
        if layout.meta_on_picture:
            pill = QRect(left - 8, layout.meta_baseline - 14, layout.meta_width + 14, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 130))
            painter.drawRoundedRect(pill, 10, 10)
        picture = _meta(
            self.tokens,
            layout.meta,
            row.state if row.own else None,
            layout.meta_width,
            painter.device().devicePixelRatioF(),
            on_picture=layout.meta_on_picture,
            mirrored=mirroring.mirrored(),
        )
        painter.drawPixmap(QPoint(left, layout.meta_baseline - _META_ASCENT), picture)

    def _paint_failed(self, painter: QPainter, layout: MessageLayout) -> None:
        painter.setFont(theme.font(12))
        painter.setPen(self.tokens.color("danger"))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(layout.failed_rect, flags, layout.failed_words)
        painter.setPen(self.tokens.color("link"))
        painter.drawText(layout.retry_rect, flags, retry_words())
        painter.drawText(layout.discard_rect, flags, discard_words())
        painter.setPen(self.tokens.color("muted"))
        painter.drawText(layout.dot_rect, Qt.AlignmentFlag.AlignCenter, "·")

    def _paint_pill(self, painter: QPainter, rect: QRect, text: str) -> None:
        paint_pill(painter, rect, text, self.tokens)

    def _paint_unread_line(self, painter: QPainter, layout: MessageLayout) -> None:
        rect = mirroring.placed(layout.unread_rect.adjusted(AVATAR_X, 8, -OWN_MARGIN, -8), layout.unread_rect)
        words = tr("Unread messages")
        painter.setFont(theme.font(12, QFont.Weight.DemiBold))
        color = self.tokens.color("accent")
        width = painter.fontMetrics().horizontalAdvance(words) + 24
        middle = rect.center().y()
        line = QColor(color)
        line.setAlpha(90)
        painter.setPen(QPen(line, 1))
        painter.drawLine(rect.left(), middle, rect.center().x() - width // 2, middle)
        painter.drawLine(rect.center().x() + width // 2, middle, rect.right(), middle)
        painter.setPen(color)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, words)


def _tail(row: TimelineRow) -> Side:
    """The sender's side of a bubble."""
    return Side.RIGHT if row.own != mirroring.mirrored() else Side.LEFT


def code_color(tokens: Tokens, *, own: bool) -> QColor:
    """What stands behind code."""
    return QColor(0, 0, 0, 46) if own else QColor(127, 140, 160, 46)


def text_look(tokens: Tokens, *, own: bool, pixels: int = theme.TEXT_PX) -> TextLook:
    """How a message's text looks."""
    return TextLook(
        pixels,
        tokens.color("on_own" if own else "link"),
        code_color(tokens, own=own),
        tokens.color("on_own_muted" if own else "muted"),
    )


@lru_cache(maxsize=512)
def _meta(
    tokens: Tokens,
    time: str,
    state: SendState | None,
    width: int,
    ratio: float,
    *,
    on_picture: bool,
    mirrored: bool,
) -> QPixmap:
    """The time, and for one's own message how far it has come; kept, since a screen shows few kinds."""
    picture = QPixmap(QSize(round(width * ratio), round(_META_HEIGHT * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font(theme.SMALL_PX))
    color = tokens.color("muted" if state is None else "on_own_muted")
    painter.setPen(QColor("white") if on_picture else color)
    # "edited 14:32" begins at the side where the window does.
    side = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
    painter.setLayoutDirection(side)
    ticks = TICKS_WIDTH if state is not None else 0
    top = _META_ASCENT - painter.fontMetrics().ascent()
    place = QRect(ticks if mirrored else 0, top, width - ticks, _META_HEIGHT)
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip, time)
    if state is not None:
        pen = QPen(tokens.color("on_own" if state is SendState.READ else "on_own_muted"))
        pen.setWidthF(1.6 if state is SendState.READ else 1.3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        paint_state(painter, QPointF(0 if mirrored else width - 15, _META_ASCENT), state)
    painter.end()
    return picture


def paint_pill(painter: QPainter, rect: QRect, text: str, tokens: Tokens) -> None:
    """A day in a pill, centred in ``rect``."""
    painter.setFont(theme.font(12, QFont.Weight.Medium))
    pill = QRectF(QPointF(0, 0), pill_size(text))
    pill.moveCenter(QRectF(rect).center())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.color("pill"))
    painter.drawRoundedRect(pill, 12, 12)
    painter.setPen(tokens.color("on_pill"))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


def pill_size(text: str) -> QSize:
    """How large ``paint_pill`` paints."""
    metrics = QFontMetrics(theme.font(12, QFont.Weight.Medium))
    return QSize(metrics.horizontalAdvance(text) + 24, 24)


def paint_state(painter: QPainter, at: QPointF, state: SendState) -> None:
    """A clock, one tick, two ticks or an exclamation mark, 15 pixels wide, with the painter's pen. ``at`` is
    the left end of the baseline."""
    x, y = at.x(), at.y()
    if state in (SendState.PENDING, SendState.SENDING):
        painter.drawEllipse(QPointF(x + 9.5, y - 3.5), 4.5, 4.5)
        painter.drawPolyline([QPointF(x + 9.5, y - 6), QPointF(x + 9.5, y - 3.5), QPointF(x + 11.5, y - 2.5)])
        return
    if state is SendState.FAILED:
        painter.drawEllipse(QPointF(x + 9.5, y - 3.5), 4.8, 4.8)
        painter.drawLine(QPointF(x + 9.5, y - 6), QPointF(x + 9.5, y - 3.2))
        painter.drawPoint(QPointF(x + 9.5, y - 1.2))
        return
    if state < SendState.DELIVERED:
        painter.drawPolyline([QPointF(x + 5, y - 3), QPointF(x + 8, y), QPointF(x + 14, y - 7)])
        return
    painter.drawPolyline([QPointF(x, y - 3), QPointF(x + 3, y), QPointF(x + 9, y - 7)])
    # The second begins below the first one's long arm: crossing strokes would be a blot at this size.
    painter.drawPolyline([QPointF(x + 7, y - 1), QPointF(x + 8, y), QPointF(x + 14, y - 7)])
