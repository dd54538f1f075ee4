"""Pictures by people who mean harm, and by cameras that were held sideways."""

import struct
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from desktop_chat.ui import picture_reading
from desktop_chat.ui.picture_reading import PictureHead, PictureRefused

# What Qt's readers say of damaged files is no news: the picture is refused in words.
pytestmark = pytest.mark.qt_log_ignore("libpng|QImage|Corrupt|JPEG|gif|bmp", extend=True)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of_size(width: int, height: int, depth: int = 8) -> bytes:
    """A PNG that says it is so large; a line of zeros is all that is in it."""
    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 + min(width, 10_000) * 3))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


BMP_OF_60000 = b"BM" + struct.pack(
    "<IHHIIiiHHIIIIII", 0, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0
)


def saved(path: Path, width: int, height: int, kind: str = "PNG") -> Path:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    for x in range(width // 2):
        for y in range(height // 2):
            image.setPixelColor(x, y, QColor("orange"))
    assert image.save(str(path), kind)  # type: ignore[call-overload]
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png_of_size(100_000, 100_000), "too large"),
        (png_of_size(2**31 - 1, 2**31 - 1), "damaged|too large"),
        (png_of_size(30_001, 1), "too large"),
        (png_of_size(8_000, 8_000), "too large"),
        (png_of_size(0, 5), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "damaged"),
        (b"GIF89a\xff\xff\xff\xff\x00\x00\x00", "damaged|too large"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8X" + b"\xff" * 30, "damaged|too large"),
        (BMP_OF_60000, "damaged|too large"),
        (b"", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///x'/></svg>", "not a picture"),
        (b"/* XPM */ static char *a[] = {\"1 1 1 1\", \"a c red\", \"a\"};", "not a picture"),
        (b"P6 100000 100000 255\n", "not a picture"),
        (b"II*\x00" + bytes(50), "not a picture"),
        (b"%PDF-1.7", "not a picture"),
        (b"\x00\x00\x01\x00\x01\x00\x00\x00", "not a picture"),
    ],
)  # fmt: skip
def test_it_is_refused_in_words(qapp: QApplication, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(PictureRefused, match=words):
        picture_reading.read(str(path), QSize(100, 100))


def test_a_truncated_picture_is_refused_or_shown_in_part(qapp: QApplication, tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.png", 300, 200).read_bytes()
    path = tmp_path / "b.png"
    for length in range(0, len(whole), max(1, len(whole) // 25)):
        path.write_bytes(whole[:length])
        try:
            image = picture_reading.read(str(path), QSize(50, 50))
        except PictureRefused:
            continue
        assert not image.isNull()


def test_a_missing_file_is_said(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(PictureRefused, match="cannot be read"):
        picture_reading.look(str(tmp_path / "none.png"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_the_content_says_what_it_is(qapp: QApplication, tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path / "picture.txt", 40, 30, kind)
    assert picture_reading.look(str(path)) == PictureHead(f"image/{kind.lower()}", 40, 30)


def test_it_is_scaled_down_and_never_up(qapp: QApplication, tmp_path: Path) -> None:
    path = str(saved(tmp_path / "a.png", 400, 200))
    assert picture_reading.read(path, QSize(100, 100)).size() == QSize(100, 50)
    assert picture_reading.read(path, QSize(100, 100), cover=True).size() == QSize(100, 100)
    assert picture_reading.read(path, QSize(1000, 1000)).size() == QSize(400, 200)
    assert picture_reading.read(path, QSize(1000, 1000), cover=True).size() == QSize(400, 200)
    assert picture_reading.read(path).size() == QSize(400, 200)


def test_corners_are_rounded(qapp: QApplication, tmp_path: Path) -> None:
    path = str(saved(tmp_path / "a.png", 40, 40))
    image = picture_reading.read(path, QSize(40, 40), radius=10)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(20, 20) == QColor("teal")


def test_a_photo_taken_sideways_stands_upright(qapp: QApplication, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", 80, 40, "JPEG")
    turned = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    whole = path.read_bytes()
    path.write_bytes(whole[:2] + b"\xff\xe1" + struct.pack(">H", len(turned) + 2) + turned + whole[2:])
    assert picture_reading.look(str(path)) == PictureHead("image/jpeg", 40, 80)
    assert picture_reading.read(str(path), QSize(20, 20)).size() == QSize(10, 20)
