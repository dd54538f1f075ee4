"""Pictures from anybody, read with care: known formats only, measured before they are decoded.

A picture file is data that an attacker chose, and a few kilobytes can ask for gigabytes. So the format is
told by the first bytes and only its own reader sees the rest; the size is read from the head and refused
where it is too large; and Qt is not let allocate more than such a picture needs. For any thread.
"""

import threading
from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader, QPainter, QPainterPath

from desktop_chat.core.attachments import PICTURE_PIXELS_MAX, PICTURE_SIDE_MAX
from desktop_chat.language import tr

_ALLOCATION_MAX_MB = 256
_LARGE_PIXELS = 12_000_000
_HEAD_BYTES = 16
_one_large = threading.Lock()
"""Large pictures are decoded one at a time, for the sake of memory."""
_TURNED = (
    QImageIOHandler.Transformation.TransformationRotate90,
    QImageIOHandler.Transformation.TransformationRotate270,
    QImageIOHandler.Transformation.TransformationMirrorAndRotate90,
    QImageIOHandler.Transformation.TransformationFlipAndRotate90,
)


class PictureRefused(Exception):
    """A file is not shown as a picture, for a reason in words."""


class PictureHead(Struct, frozen=True):
    """What a picture's first bytes say: its media type, and its size upright in pixels."""

    media_type: str
    width: int
    height: int


def look(path: str) -> PictureHead:
    """Measure a picture without decoding it. Raises PictureRefused."""
    return _opened(path)[1]


def read(path: str, box: QSize | None = None, *, cover: bool = False, radius: float = 0) -> QImage:
    """Decode the first frame, upright. It is scaled down to fit into ``box``, or with ``cover`` to fill it,
    what is beyond cut off evenly; never scaled up. The corners are rounded by ``radius`` pixels. Raises
    PictureRefused."""
    reader, head = _opened(path)
    size = QSize(head.width, head.height)
    if box is not None and not box.isEmpty():
        mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding if cover else Qt.AspectRatioMode.KeepAspectRatio
        wanted = size.scaled(box, mode)
        if wanted.width() < size.width():
            size = wanted.expandedTo(QSize(1, 1))
            turned = reader.transformation() in _TURNED
            reader.setScaledSize(size.transposed() if turned else size)
    if head.width * head.height > _LARGE_PIXELS:
        with _one_large:
            image = reader.read()
    else:
        image = reader.read()
    if image.isNull():
        raise PictureRefused(tr("This picture is damaged and cannot be shown."))
    if box is not None and cover:
        cut = image.size().boundedTo(box)
        left, top = (image.width() - cut.width()) // 2, (image.height() - cut.height()) // 2
        image = image.copy(left, top, cut.width(), cut.height())
    return _rounded(image, radius) if radius else image


def _opened(path: str) -> tuple[QImageReader, PictureHead]:
    try:
        with Path(path).open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise PictureRefused(
            tr("The picture cannot be read: {reason}.", reason=error.strerror or str(error))
        ) from None
    kind = _format(head)
    if not kind:
        raise PictureRefused(tr("This is not a picture that can be shown."))
    QImageReader.setAllocationLimit(_ALLOCATION_MAX_MB)
    reader = QImageReader(path, kind.encode())
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.isEmpty():
        raise PictureRefused(tr("This picture is damaged and cannot be shown."))
    if reader.transformation() in _TURNED:
        size = size.transposed()
    width, height = size.width(), size.height()
    if width * height > PICTURE_PIXELS_MAX or max(width, height) > PICTURE_SIDE_MAX:
        raise PictureRefused(
            tr(
                "This picture has {width} × {height} pixels. That is too large to be shown here.",
                width=width,
                height=height,
            )
        )
    return reader, PictureHead(f"image/{kind}", width, height)


def _format(head: bytes) -> str:
    """What the first bytes say, by the names of media types; empty for everything else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    return "bmp" if head.startswith(b"BM") else ""


def _rounded(image: QImage, radius: float) -> QImage:
    made = QImage(image.size(), QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(made.rect(), radius, radius)
    painter.fillPath(path, Qt.GlobalColor.black)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.drawImage(0, 0, image)
    painter.end()
    return made
