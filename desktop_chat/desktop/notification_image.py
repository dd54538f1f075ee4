"""A picture in the form the Desktop Notifications Specification wants it: bare pixels."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

MAX_SIDE_PX = 96
"""Larger pictures are made smaller: desktops show less, and each pixel travels as four bytes."""

ImageData = tuple[int, int, int, bool, int, int, bytes]


def image_data(png: bytes) -> ImageData | None:
    """Width, height, bytes in a row, alpha, bits in a sample, samples in a pixel, pixels; None where the
    bytes are no picture."""
    image = QImage.fromData(png)
    if image.isNull():
        return None
    if max(image.width(), image.height()) > MAX_SIDE_PX:
        image = image.scaled(
            MAX_SIDE_PX,
            MAX_SIDE_PX,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    pixels = bytes(image.constBits())
    return image.width(), image.height(), image.bytesPerLine(), True, 8, 4, pixels
