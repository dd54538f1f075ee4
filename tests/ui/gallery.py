"""A conversation in which pictures and files are exchanged, some here, some on their way."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPolygonF

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment, FileBody
from desktop_chat.core.models import Extra
from desktop_chat.core.transfers import Transfer, TransferPhase
from desktop_chat.protocol.records import Content, Info, Message, Reaction
from desktop_chat.store import messages
from tests.ui import scenes
from tests.ui.scenes import OWN_ID, Scene, SceneClient, at

GALLERY = 30
ALICE, RAVI = 101, 106
HASH = "ab" * 32
LAKE, DUNES, NIGHT, TOWER, LATE = (f"{number:032x}" for number in range(1, 6))
REPORT, ARCHIVE, LOG = (f"{number:032x}" for number in range(11, 14))
UPLOAD = f"{99:032x}"


def landscape(path: Path, width: int, height: int, sky: str, low: str, ground: str) -> None:
    """A picture of hills, as PNG."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    gradient = QLinearGradient(0, 0, 0, height)
    gradient.setColorAt(0, QColor(sky))
    gradient.setColorAt(1, QColor(low))
    painter.fillRect(image.rect(), gradient)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 244, 214, 230))
    painter.drawEllipse(QPointF(width * 0.72, height * 0.3), height * 0.09, height * 0.09)
    for number in range(3):
        color = QColor(ground).darker(100 + 35 * number)
        color.setAlpha(150 + 50 * number)
        painter.setBrush(color)
        top = height * (0.55 + 0.13 * number)
        points = [QPointF(0, height), QPointF(0, top)]
        for step in range(9):
            swing = ((step * (7 + number * 3)) % 5 - 2) * height * 0.035
            points.append(QPointF(width * step / 8, top + swing))
        points.append(QPointF(width, height))
        painter.drawPolygon(QPolygonF(points))
    painter.setBrush(QColor(255, 255, 255, 26))
    painter.drawRect(QRectF(0, height * 0.9, width, height * 0.1))
    painter.end()
    image.save(str(path), "PNG")  # type: ignore[call-overload]


def picture(name: str, width: int, height: int, size_bytes: int = 900_000) -> Attachment:
    return Attachment(name, size_bytes, HASH, "image/png", width, height)


def content(*files: Attachment, caption: str = "") -> Content:
    body = FileBody(files, caption)
    return Content(body.kind, attachments.encode(body))


def gallery(folder: Path) -> Scene:
    """``living``, and a group with pictures that are here, one that is not, and files."""
    folder.mkdir(exist_ok=True)
    landscape(folder / LAKE, 1600, 1000, "#4f86c6", "#f4c9a4", "#2d5b4e")
    landscape(folder / DUNES, 900, 900, "#e8a15b", "#fbe3b5", "#9c5a33")
    landscape(folder / NIGHT, 1200, 800, "#141c3a", "#6b4f8a", "#11162b")
    landscape(folder / TOWER, 700, 1200, "#7fb7d9", "#e7f1f6", "#4b6b3a")
    scene = scenes.living()
    scene.media = folder
    entry = partial(scene.entry, GALLERY)
    said: list[Message] = [
        entry(1, RAVI, at("10:00"), content=Content("text", "How was the trip?")),
        entry(
            2,
            ALICE,
            at("10:02"),
            content=content(
                picture("lake.png", 1600, 1000),
                caption="The lake at *six in the morning*. Nobody there but us and the ducks.",
            ),
            file_ids=(LAKE,),
            reactions=(Reaction("😍", (OWN_ID, RAVI)),),
        ),
        entry(
            3,
            OWN_ID,
            at("10:05"),
            content=content(
                picture("dunes.png", 900, 900),
                picture("night.png", 1200, 800),
                picture("tower.png", 700, 1200),
            ),
            file_ids=(DUNES, NIGHT, TOWER),
        ),
        entry(
            4,
            RAVI,
            at("10:07"),
            content=content(Attachment("Report on the residuals, final version 3.pdf", 4_316_000, HASH)),
            file_ids=(REPORT,),
        ),
        entry(
            5,
            ALICE,
            at("10:09"),
            content=content(
                Attachment("raw-data.tar.gz", 512_400_000, HASH),
                Attachment("calibration.log", 18_200, HASH),
                caption="Raw data and the log",
            ),
            file_ids=(ARCHIVE, LOG),
        ),
        entry(
            6,
            ALICE,
            at("10:10"),
            content=content(picture("late.png", 1200, 700, 25_000_000)),
            file_ids=(LATE,),
        ),
    ]
    people = {ALICE: ("alice", "Alice Example", "member"), RAVI: ("ravi", "Ravi Sharma", "member")}
    scene.group(GALLERY, Info("Field trip"), people, said)  # type: ignore[arg-type]
    with scene.database.transaction() as connection:
        messages.insert_local(
            connection,
            GALLERY,
            f"{77:032x}",
            OWN_ID,
            at("10:12"),
            content(Attachment("Interview, first cut.mp4", 148_000_000)),
            Extra(upload_ids=(UPLOAD,)),
        )
    return scene


def on_their_way(client: SceneClient, folder: Path) -> None:
    """Let one file be fetched, one be paused, one be here, and one go out."""
    transfers = client.transfers
    transfers.put(Transfer(ARCHIVE, TransferPhase.PAUSED, 210_000_000, 512_400_000))
    transfers.put(Transfer(REPORT, TransferPhase.RUNNING, 2_900_000, 4_316_000))
    transfers.whole(LOG, str(folder / LAKE), 18_200)
    transfers.put(Transfer(UPLOAD, TransferPhase.RUNNING, 91_000_000, 148_000_000, path="x"))
