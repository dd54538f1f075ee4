"""What is pasted or dropped: files of this computer, or a picture without a file."""

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage


def has_files(source: QMimeData) -> bool:
    """Whether there is something to attach. Text that comes with a picture of itself, as from a spreadsheet,
    is text."""
    return bool(paths_of(source)) or (source.hasImage() and not source.hasText())


def paths_of(source: QMimeData) -> list[Path]:
    """The files of this computer that are meant; addresses of the web are text."""
    urls = source.urls() if source.hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


def picture_of(source: QMimeData) -> QImage | None:
    """The picture that has no file."""
    image = source.imageData() if source.hasImage() else None
    return image if isinstance(image, QImage) and not image.isNull() else None
