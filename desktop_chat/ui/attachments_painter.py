"""Paints the files of a message: pictures with rounded corners, rows with an icon, a name and a state."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from desktop_chat.core.transfers import TransferPhase
from desktop_chat.language import tr
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.attachments_layout import (
    NAME_PX,
    ROW_HEIGHT,
    WORDS_PX,
    AttachmentsLayout,
    PlacedFile,
)
from desktop_chat.ui.pictures import Pictures, Wanted
from desktop_chat.ui.theme import Tokens
from desktop_chat.viewmodels.attached_files import AttachedFile

PICTURE_RADIUS = 12
_RING_WIDTH = 3
_SHADE = QColor(0, 0, 0, 120)
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class AttachmentsPainter:
    """Of one scheme."""

    def __init__(self, tokens: Tokens, pictures: Pictures) -> None:
        self._tokens = tokens
        self._pictures = pictures

    def paint(self, painter: QPainter, at: QPoint, layout: AttachmentsLayout, *, own: bool) -> None:
        """With the upper left corner at a point."""
        painter.translate(at)
        for placed in layout.placed:
            if placed.file.is_picture:
                self._paint_picture(painter, placed, own)
            else:
                self._paint_row(painter, placed, own)
        painter.translate(-at)

    def _paint_picture(self, painter: QPainter, placed: PlacedFile, own: bool) -> None:
        file, ratio = placed.file, painter.device().devicePixelRatioF()
        picture = None
        if file.path:
            picture = self._pictures.get(wanted(placed, ratio))
        whole = picture is not None and placed.picture == placed.rect.size()
        if not whole:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 40) if own else QColor(127, 140, 160, 46))
            painter.drawRoundedRect(placed.rect, PICTURE_RADIUS, PICTURE_RADIUS)
        if picture is not None:
            # Its true size: where the sender's measures are wrong, it is not stretched to them.
            shown = QRectF(QPointF(0, 0), picture.size().toSizeF() / ratio)
            shown.moveCenter(QRectF(placed.rect).center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if ratio == int(ratio):
                shown.moveTopLeft(QPointF(shown.topLeft().toPoint()))
            painter.drawPixmap(shown, picture, QRectF(picture.rect()))
        refusal = self._pictures.refusal(file.path) if file.path else ""
        if refusal or file.phase is TransferPhase.FAILED:
            words = refusal or tr("{reason}. Click to try again.", reason=file.words.rstrip("."))
            self._paint_words(painter, placed, words, own)
        elif file.moving or not file.here:
            if picture is None and not file.moving:
                self._paint_words(painter, placed, file.words, own)
            paint_transfer_button(painter, QRectF(placed.button), file, _SHADE, QColor("white"))
        elif picture is None:
            color = self._tokens.on_own_muted if own else self._tokens.faint
            glyph = icons.pixmap("photo", color, 28, ratio)
            painter.drawPixmap(_middle(placed.rect, 28), glyph)

    def _paint_words(self, painter: QPainter, placed: PlacedFile, words: str, own: bool) -> None:
        painter.setFont(theme.font(WORDS_PX))
        painter.setPen(self._tokens.color("on_own_muted" if own else "muted"))
        rect = placed.rect.adjusted(10, 6, -10, -6)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        if not placed.file.here and placed.file.phase is not TransferPhase.FAILED:
            rect.setTop(placed.button.bottom() + 6)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(rect, int(flags), words)

    def _paint_row(self, painter: QPainter, placed: PlacedFile, own: bool) -> None:
        tokens, file = self._tokens, placed.file
        back = QColor(255, 255, 255, 56) if own else tokens.color("badge")
        paint_transfer_button(painter, QRectF(placed.button), file, back, tokens.color("on_own"))
        text = placed.text
        painter.setFont(theme.font(NAME_PX, QFont.Weight.DemiBold))
        painter.setPen(tokens.color("on_own" if own else "text"))
        painter.drawText(
            QRect(text.x(), text.y() + 2, text.width(), 20), _FLAGS, mirroring.in_its_order(placed.name)
        )
        painter.setFont(theme.font(WORDS_PX))
        failed = file.phase is TransferPhase.FAILED and not own
        muted = "on_own_muted" if own else "danger" if failed else "muted"
        painter.setPen(tokens.color(muted))
        painter.drawText(QRect(text.x(), text.y() + ROW_HEIGHT - 21, text.width(), 18), _FLAGS, placed.words)


def paint_transfer_button(
    painter: QPainter, rect: QRectF, file: AttachedFile, back: QColor, front: QColor
) -> None:
    """The round button of a file: what a click does, and how far it has come."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(back)
    painter.drawEllipse(rect)
    size = 22
    corner = (rect.center() - QPointF(size / 2, size / 2)).toPoint()
    picture = icons.pixmap(glyph_of(file), front.name(), size, painter.device().devicePixelRatioF())
    painter.drawPixmap(corner, picture)
    if file.moving or file.phase is TransferPhase.PAUSED:
        ring = rect.adjusted(4, 4, -4, -4)
        faint = QColor(front)
        faint.setAlpha(70)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(faint, _RING_WIDTH))
        painter.drawEllipse(ring)
        pen = QPen(front, _RING_WIDTH)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        # In sixteenths of a degree, clockwise from the top; something is seen from the start.
        painter.drawArc(ring, 90 * 16, -round(max(0.02, file.share) * 360 * 16))


def glyph_of(file: AttachedFile) -> str:
    """The icon that says what a click does."""
    if file.moving:
        return "pause"
    if file.phase is TransferPhase.FAILED:
        return "retry"
    if file.phase is TransferPhase.PAUSED:
        return "upload" if file.sending else "fetch"
    return "file" if file.here else "fetch"


def wanted(placed: PlacedFile, ratio: float) -> Wanted:
    """A placed picture as ``Pictures`` is asked for it."""
    size = placed.picture * ratio
    return Wanted(placed.file.path, size.width(), size.height(), placed.cover, round(PICTURE_RADIUS * ratio))


def _middle(rect: QRect, size: int) -> QPoint:
    made = QRect(QPoint(0, 0), QSize(size, size))
    made.moveCenter(rect.center())
    return made.topLeft()
