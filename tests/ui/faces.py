"""Portraits for scenes: people as simple as they can be drawn, and the crest of a group."""

from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPainterPath

from tests.ui import gallery
from tests.ui.scenes import OWN_ID, Scene

_LOOKS = {
    OWN_ID: ("#d8e6f3", "#8fb4d9", "#4a3022", "#e9b48f", "#2b4a6f"),
    101: ("#fbe3c9", "#e2a469", "#7a2f16", "#f2c7a5", "#7d3b63"),
    102: ("#dff0e2", "#86bd97", "#1c1614", "#8a5a3c", "#c9742f"),
    104: ("#f6dcdf", "#d98a97", "#b9b3ad", "#f0c9ae", "#5c6f4d"),
    106: ("#e3e0f4", "#9a92cf", "#15110f", "#b97f56", "#384f6b"),
    108: ("#e9ecef", "#a9b3bd", "#d9b35f", "#f4d3ba", "#8b2f3c"),
}


def give(scene: Scene, folder: Path, group: int) -> None:
    """Let some people of a scene, oneself and a group have portraits, here in ``folder``."""
    folder.mkdir(exist_ok=True)
    scene.media = folder
    for user_id, (top, low, hair, skin, shirt) in _LOOKS.items():
        _face(folder / f"{500 + user_id:032x}", top, low, hair, skin, shirt)
        scene.portrait(user_id, f"{500 + user_id:032x}", person=True)
    gallery.landscape(folder / f"{499:032x}", 512, 512, "#141c3a", "#6b4f8a", "#11162b")
    scene.portrait(group, f"{499:032x}")


def _face(path: Path, top: str, low: str, hair: str, skin: str, shirt: str) -> None:
    image = QImage(512, 512, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    gradient = QLinearGradient(0, 0, 0, 512)
    gradient.setColorAt(0, QColor(top))
    gradient.setColorAt(1, QColor(low))
    painter.fillRect(image.rect(), gradient)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(hair))
    painter.drawEllipse(QRectF(136, 92, 240, 270))
    painter.setBrush(QColor(shirt))
    shoulders = QPainterPath(QPointF(40, 512))
    shoulders.cubicTo(60, 380, 180, 372, 256, 372)
    shoulders.cubicTo(332, 372, 452, 380, 472, 512)
    painter.drawPath(shoulders)
    painter.setBrush(QColor(skin).darker(108))
    painter.drawRoundedRect(QRectF(216, 300, 80, 110), 36, 36)
    painter.setBrush(QColor(skin))
    painter.drawEllipse(QRectF(166, 128, 180, 226))
    painter.setBrush(QColor(hair))
    fringe = QPainterPath(QPointF(158, 226))
    fringe.cubicTo(170, 90, 344, 90, 354, 226)
    fringe.cubicTo(330, 160, 230, 176, 158, 226)
    painter.drawPath(fringe)
    painter.end()
    image.save(str(path), "PNG")  # type: ignore[call-overload]
