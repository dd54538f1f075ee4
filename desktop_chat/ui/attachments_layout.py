"""Where the files of a message stand in its bubble: pictures above, in a grid, then a row for each file."""

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics

from desktop_chat.ui import mirroring, theme
from desktop_chat.viewmodels.attached_files import AttachedFile, paused

EDGE = 3
"""Between a bubble's edge and a picture, and between pictures."""
PICTURE_MAX = QSize(360, 320)
_FRAME_MIN = QSize(120, 64)
_CELL_HEIGHT = 178
ICON = 44
ICON_GAP = 12
ROW_HEIGHT = 44
ROW_GAP = 10
NAME_PX, WORDS_PX = 14, 12
_ROW_MIN = 190
RING = 48
"""The round button over a picture that is not here yet."""


class PlacedFile(Struct, frozen=True):
    """A file in its place, in the coordinates of the attachments. ``rect`` is the frame of a picture, or the
    whole row of another file, ``button`` the round button or icon, and ``text`` the room for the words beside
    it. ``picture`` is how large the picture is
    within its frame; with ``cover`` it fills it."""

    file: AttachedFile
    rect: QRect
    button: QRect
    text: QRect = QRect()
    name: str = ""
    words: str = ""
    picture: QSize = QSize()
    cover: bool = False


class AttachmentsLayout:
    """Laid out within ``room`` pixels, the bubble's whole width. ``size`` is what they take, the edges of
    pictures included, and empty without files. ``place`` gives them the bubble's width in the end."""

    def __init__(self, files: Sequence[AttachedFile], room: int, pad: int, meta_width: int) -> None:
        self._pad = pad
        self._pictures = [each for each in files if each.is_picture]
        self._files = [each for each in files if not each.is_picture]
        self._room = room
        self._meta_width = meta_width
        self.placed: list[PlacedFile] = []
        self._width = max(self._pictures_width(), self._rows_width())
        self.size = QSize()
        if files:
            self.place(self._width)

    @property
    def ends_with_picture(self) -> bool:
        """Whether nothing but pictures is there."""
        return bool(self._pictures) and not self._files

    @property
    def begins_with_picture(self) -> bool:
        """Whether a picture is the first."""
        return bool(self._pictures)

    def place(self, width: int, *, meta_below: bool = False) -> None:
        """Put everything in its place in a bubble of this width. Without ``meta_below`` the time stands
        beside the words of the last file."""
        self.placed = []
        y = self._place_pictures(width)
        if self._pictures and self._files:
            y += ROW_GAP
        for number, file in enumerate(self._files):
            last = number == len(self._files) - 1
            taken = self._meta_width + 8 if last and not meta_below else 0
            self.placed.append(self._row(file, y, width, taken))
            y += ROW_HEIGHT + (0 if last else ROW_GAP)
        self.size = QSize(width, y)

    def file_at(self, point: QPoint) -> PlacedFile | None:
        """The file under a point."""
        return next((each for each in self.placed if each.rect.contains(point)), None)

    def _pictures_width(self) -> int:
        if not self._pictures:
            return 0
        if len(self._pictures) > 1:
            return min(self._room, PICTURE_MAX.width() + 2 * EDGE)
        fitted = _fitted(self._pictures[0], min(PICTURE_MAX.width(), self._room - 2 * EDGE))
        return max(fitted.width(), _FRAME_MIN.width()) + 2 * EDGE

    def _rows_width(self) -> int:
        if not self._files:
            return 0
        names = QFontMetrics(theme.font(NAME_PX, QFont.Weight.DemiBold))
        words = QFontMetrics(theme.font(WORDS_PX))
        widest = _ROW_MIN - ICON - ICON_GAP
        for each in self._files:
            # As wide as it ever is, so that no bubble twitches while its file is on its way.
            size = each.described.size_bytes
            longest = words.horizontalAdvance(paused(size, size)) + self._meta_width + 12
            widest = max(widest, names.horizontalAdvance(each.name) + 2, longest)
        return min(self._room, widest + ICON + ICON_GAP + 2 * self._pad)

    def _place_pictures(self, width: int) -> int:
        inner = width - 2 * EDGE
        pictures = self._pictures
        if not pictures:
            return 0
        if len(pictures) == 1:
            fitted = _fitted(pictures[0], min(inner, PICTURE_MAX.width()))
            frame = QRect(EDGE, 0, inner, max(fitted.height(), _FRAME_MIN.height()))
            self.placed.append(_picture(pictures[0], frame, fitted, cover=fitted.isEmpty()))
            return frame.height()
        y = 0
        rest = list(pictures)
        if len(rest) % 2:
            frame = QRect(EDGE, 0, inner, round(_CELL_HEIGHT * 1.2))
            self.placed.append(_picture(rest.pop(0), frame, frame.size(), cover=True))
            y = frame.height() + EDGE
        left = (inner - EDGE) // 2
        for number, each in enumerate(rest):
            right = number % 2
            frame = QRect(
                EDGE + (left + EDGE if right else 0), y, inner - EDGE - left if right else left, _CELL_HEIGHT
            )
            frame = mirroring.placed(frame, QRect(0, 0, width, 0))
            self.placed.append(_picture(each, frame, frame.size(), cover=True))
            if right:
                y += _CELL_HEIGHT + EDGE
        return y - EDGE

    def _row(self, file: AttachedFile, y: int, width: int, taken: int) -> PlacedFile:
        rect = QRect(self._pad, y, width - 2 * self._pad, ROW_HEIGHT)
        button = mirroring.placed(QRect(rect.topLeft(), QSize(ICON, ICON)), rect)
        text = mirroring.placed(rect.adjusted(ICON + ICON_GAP, 0, 0, 0), rect)
        room = text.width()
        names = QFontMetrics(theme.font(NAME_PX, QFont.Weight.DemiBold))
        words = QFontMetrics(theme.font(WORDS_PX))
        return PlacedFile(
            file,
            rect,
            button,
            text,
            names.elidedText(file.name, Qt.TextElideMode.ElideMiddle, room),
            words.elidedText(file.words, Qt.TextElideMode.ElideRight, room - taken),
        )


def _picture(file: AttachedFile, frame: QRect, size: QSize, *, cover: bool) -> PlacedFile:
    button = QRect(0, 0, RING, RING)
    button.moveCenter(frame.center())
    return PlacedFile(file, frame, button, picture=size, cover=cover)


def _fitted(file: AttachedFile, width: int) -> QSize:
    """A picture's size on screen: as it is, or smaller with its ratio kept."""
    size = QSize(file.described.width, file.described.height)
    box = QSize(max(1, width), PICTURE_MAX.height())
    if size.width() > box.width() or size.height() > box.height():
        size = size.scaled(box, Qt.AspectRatioMode.KeepAspectRatio)
    return size.expandedTo(QSize(1, 1))
