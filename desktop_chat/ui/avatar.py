"""Avatars: the portrait, or until that is here, initials on a gradient made from the id, so that a person
keeps a colour everywhere."""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from desktop_chat.ui import icons, theme
from desktop_chat.ui.portraits import Portraits

_GRADIENTS = (
    ("#7BC67E", "#3F9142"),
    ("#4FC0F0", "#0A84C6"),
    ("#FF8A65", "#E5502B"),
    ("#B868C8", "#7A1FA0"),
    ("#FFB347", "#EE7D0B"),
    ("#4DB6AC", "#0B7A6E"),
    ("#7C8CF8", "#4450C8"),
    ("#F06C9B", "#C42563"),
)


class Subject(NamedTuple):
    """Whose avatar it is: by what it is coloured, what it is called, whether it is the note to self, and the
    file_id of the portrait, empty for none."""

    avatar_id: int
    title: str
    note: bool = False
    portrait: str = ""


def initials(title: str) -> str:
    """One or two letters for a name; for a script without capitals, its first letter."""
    words = [word for word in title.split() if any(unicodedata.category(mark)[0] in "LN" for mark in word)]
    letters = [next(mark for mark in word if unicodedata.category(mark)[0] in "LN") for word in words]
    if not letters:
        return "?"
    if len(letters) == 1 or not (letters[0].isupper() or letters[0].islower()):
        return letters[0].upper()
    return (letters[0] + letters[-1]).upper()


def name_color(avatar_id: int, *, dark: bool) -> QColor:
    """The colour of somebody's name: that of the avatar, as dark or as light as text on a bubble has to be
    (a contrast of 4.5, WCAG 2.2, 1.4.3)."""
    hue = QColor(_GRADIENTS[avatar_id * 5 % len(_GRADIENTS)][1]).hslHueF()
    return QColor.fromHslF(hue, 0.75, 0.70 if dark else 0.34)


@lru_cache(maxsize=1024)
def pixmap(avatar_id: int, title: str, size: int, ratio: float, note: bool = False) -> QPixmap:
    """The avatar of ``size`` logical pixels."""
    drawn = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    top, bottom = ("#6FA8FF", "#2F6FE8") if note else _GRADIENTS[avatar_id * 5 % len(_GRADIENTS)]
    gradient = QLinearGradient(QPointF(0, 0), QPointF(0, size))
    gradient.setColorAt(0, QColor(top))
    gradient.setColorAt(1, QColor(bottom))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawEllipse(QRectF(0, 0, size, size))
    if note:
        inner = round(size * 0.5)
        at = (size - inner) / 2
        painter.drawPixmap(QPointF(at, at), icons.pixmap("note", "#FFFFFF", inner, ratio))
    else:
        painter.setFont(theme.font(round(size * 0.38), QFont.Weight.DemiBold))
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(QRectF(0, 0, size, size), Qt.AlignmentFlag.AlignCenter, initials(title))
    painter.end()
    return drawn


def paint(painter: QPainter, at: QPoint, size: int, subject: Subject, portraits: Portraits) -> None:
    """The avatar with its upper left corner ``at`` a point; reads nothing from anywhere."""
    ratio = painter.device().devicePixelRatioF()
    shown = portraits.get(subject.portrait, size, ratio)
    if shown is None:
        shown = pixmap(subject.avatar_id, subject.title, size, ratio, subject.note)
    painter.drawPixmap(QRect(at, QSize(size, size)), shown)


@lru_cache(maxsize=64)
def png(avatar_id: int, title: str, size: int, note: bool = False) -> bytes:
    """The avatar as a PNG of ``size`` pixels, for whoever draws it outside the app."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap(avatar_id, title, size, 1.0, note).save(buffer, "PNG")
    return bytes(buffer.data().data())


class Avatar(QWidget):
    """An avatar in a layout; decoration, so it has no name of its own for a screen reader."""

    def __init__(self, size: int, look: theme.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self._portraits = look.portraits
        self._subject: Subject | None = None
        self.setFixedSize(size, size)
        self._portraits.changed.connect(self.update)

    def show_subject(self, subject: Subject) -> None:
        """Whose avatar this is."""
        if subject != self._subject:
            self._subject = subject
            self.update()

    def paintEvent(self, event: object) -> None:
        if self._subject is not None:
            paint(QPainter(self), QPoint(0, 0), self._size, self._subject, self._portraits)
