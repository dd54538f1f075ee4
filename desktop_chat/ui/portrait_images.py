"""Portraits as images: round ones for the screen, and the square one that is sent. For any thread."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QColorSpace, QImage, QPainter, QPainterPath

from desktop_chat.language import tr
from desktop_chat.ui import picture_reading
from desktop_chat.ui.picture_reading import PictureRefused

SENT_SIDE_PX = 512
_JPEG_QUALITY = 85


def round_image(path: str, side: int) -> QImage:
    """The middle of the picture at a path as a circle, ``side`` pixels wide however small it was. Raises
    PictureRefused."""
    image = _square(path, side)
    if image.width() != side:
        image = image.scaled(
            side, side, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    made = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    circle = QPainterPath()
    circle.addEllipse(0, 0, side, side)
    painter.fillPath(circle, Qt.GlobalColor.black)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.drawImage(0, 0, image)
    painter.end()
    return made


def write_sent(path: str, target: str) -> None:
    """Write what is sent of the picture at a path: its middle, no larger than it has to be, and nothing but
    its pixels: no place, no time, no camera, no words. Raises PictureRefused."""
    square = _square(path, SENT_SIDE_PX)
    if square.colorSpace().isValid():
        square.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    clear = square.hasAlphaChannel() and _shows_through(square)
    # Painted into a new image: everything else that a file brings along stays behind.
    made = QImage(square.size(), QImage.Format.Format_ARGB32 if clear else QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.transparent if clear else Qt.GlobalColor.white)
    painter = QPainter(made)
    painter.drawImage(0, 0, square)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    kind, quality = ("PNG", -1) if clear else ("JPEG", _JPEG_QUALITY)
    made.save(buffer, kind, quality)  # type: ignore[call-overload]
    try:
        Path(target).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        Path(target).write_bytes(bytes(buffer.data().data()))
    except OSError as error:
        raise PictureRefused(
            tr("The picture cannot be prepared here: {reason}.", reason=error.strerror or str(error))
        ) from None


def png(path: str, side: int) -> bytes:
    """A round portrait as PNG, for whoever draws it outside the app. Raises PictureRefused."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    round_image(path, side).save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _square(path: str, side: int) -> QImage:
    """The middle of a picture, at most ``side`` pixels wide."""
    image = picture_reading.read(path, QSize(side, side), cover=True)
    edge = min(image.width(), image.height())
    if image.width() != image.height():
        image = image.copy((image.width() - edge) // 2, (image.height() - edge) // 2, edge, edge)
    return image


def _shows_through(image: QImage) -> bool:
    alpha = image.convertToFormat(QImage.Format.Format_Alpha8)
    line, width = alpha.bytesPerLine(), alpha.width()
    bits = bytes(alpha.constBits())
    return any(bits[row * line : row * line + width].strip(b"\xff") for row in range(alpha.height()))
