"""Pictures for the screen: decoded on two threads, the latest kept as far as memory allows."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage, QPixmap

from desktop_chat.language import tr
from desktop_chat.ui import picture_reading, portrait_images
from desktop_chat.ui.picture_reading import PictureHead, PictureRefused

_log = logging.getLogger(__name__)

_THREADS = 2
KEPT_BYTES = 64_000_000
_REFUSED_MAX = 500
_WAITING_MAX = 200
"""Of more, the first asked for are given up: by now they are scrolled away, or else are asked for anew."""


class Wanted(Struct, frozen=True):
    """A picture at a size. ``width`` and ``height`` are in pixels of the screen. ``portrait`` is its middle
    as a circle of that width; see ``picture_reading.read`` for the rest."""

    path: str
    width: int
    height: int
    cover: bool = False
    radius: int = 0
    portrait: bool = False


class Pictures(QObject):
    """Hands out pixmaps, at once where they are kept and later otherwise. Call ``close`` at the end."""

    ready = Signal(str)
    """The picture at this path can be had now at a size that was asked for, or is refused."""
    measured = Signal(str, object)
    """What is at a path: a PictureHead, or None where it is no picture that can be shown."""
    saved = Signal(str, bool)
    """A picture was written to this path, or could not be."""
    portrait_made = Signal(str, str)
    """What is sent of a picture was written to this path, or could not be, for a reason in words."""
    _decoded = Signal(object, object, str)

    def __init__(self, parent: QObject | None = None, kept_bytes: int = KEPT_BYTES) -> None:
        super().__init__(parent)
        self._kept_max_bytes = kept_bytes
        self._pool: ThreadPoolExecutor | None = None
        self._kept: OrderedDict[Wanted, QPixmap] = OrderedDict()
        self._kept_bytes = 0
        self._waiting: dict[Wanted, Future[Any]] = {}
        self._refused: OrderedDict[str, str] = OrderedDict()
        self._closed = False
        self._decoded.connect(self._take)

    def get(self, wanted: Wanted) -> QPixmap | None:
        """The picture, in pixels of the screen; None while it is decoded, or where it is refused."""
        kept = self._kept.get(wanted)
        if kept is not None:
            self._kept.move_to_end(wanted)
            return kept
        if wanted not in self._waiting and wanted.path not in self._refused and wanted.path:
            box = QSize(wanted.width, wanted.height)

            def decode() -> tuple[QImage | None, str]:
                try:
                    if wanted.portrait:
                        image = portrait_images.round_image(wanted.path, wanted.width)
                    else:
                        image = picture_reading.read(
                            wanted.path, box, cover=wanted.cover, radius=wanted.radius
                        )
                except PictureRefused as refused:
                    return None, str(refused)
                except Exception:
                    # Files come from anybody: whatever is wrong with one, it must not be waited for.
                    _log.exception("a picture could not be decoded")
                    return None, tr("This picture cannot be shown.")
                return image, ""

            self._submit(decode, lambda found: self._decoded.emit(wanted, *found), wanted)
        return None

    def refusal(self, path: str) -> str:
        """Why what is at a path is not shown, in words; empty where it is, or is not known yet."""
        return self._refused.get(path, "")

    def forget(self, path: str) -> None:
        """What is at a path may be another picture now."""
        self._refused.pop(path, None)
        for wanted in [each for each in self._kept if each.path == path]:
            self._kept_bytes -= _bytes(self._kept.pop(wanted))

    def measure(self, path: str) -> None:
        """Look at what is at a path; ``measured`` follows."""

        def look() -> PictureHead | None:
            try:
                return picture_reading.look(path)
            except PictureRefused:
                return None
            except Exception:
                _log.exception("a picture could not be measured")
                return None

        self._submit(look, lambda head: self.measured.emit(path, head))

    def save(self, image: QImage, path: str) -> None:
        """Write a picture as PNG; ``saved`` follows."""
        self._submit(lambda: image.save(path, "PNG"), lambda done: self.saved.emit(path, done))  # type: ignore[call-overload]

    def make_portrait(self, path: str, target: str) -> None:
        """Write what is sent of a picture that is to show somebody; ``portrait_made`` follows."""

        def make() -> str:
            try:
                portrait_images.write_sent(path, target)
            except PictureRefused as refused:
                return str(refused)
            except Exception:
                _log.exception("a portrait could not be made")
                return tr("This picture cannot be used.")
            return ""

        self._submit(make, lambda words: self.portrait_made.emit(target, words))

    def close(self) -> None:
        """Decode nothing more; what is being decoded is finished first, and dropped."""
        self._closed = True
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _submit(
        self, work: Callable[[], Any], tell: Callable[[Any], None], key: Wanted | None = None
    ) -> None:
        if self._closed:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures")

        def done(future: "Future[Any]") -> None:
            # On the thread: a signal is what crosses over to the one that paints.
            if not future.cancelled() and not self._closed:
                tell(future.result())

        future = self._pool.submit(work)
        if key is not None:
            self._waiting[key] = future
            if len(self._waiting) > _WAITING_MAX:
                self._waiting.pop(next(iter(self._waiting))).cancel()
        future.add_done_callback(done)

    def _take(self, wanted: Wanted, image: QImage | None, refusal: str) -> None:
        self._waiting.pop(wanted, None)
        if image is None:
            self._refused[wanted.path] = refusal
            if len(self._refused) > _REFUSED_MAX:
                self._refused.popitem(last=False)
        else:
            made = QPixmap.fromImage(image)
            self._kept[wanted] = made
            self._kept_bytes += _bytes(made)
            while self._kept_bytes > self._kept_max_bytes and len(self._kept) > 1:
                self._kept_bytes -= _bytes(self._kept.popitem(last=False)[1])
        self.ready.emit(wanted.path)


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
