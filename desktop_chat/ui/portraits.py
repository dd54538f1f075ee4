"""Pictures of people and groups for the screen: round, at the size they are painted in, as far as they are
here. Painting one reads nothing; what is not here yet is fetched and decoded behind."""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from desktop_chat.ui.pictures import Pictures, Wanted

_KEPT_BYTES = 16_000_000
"""Some 700 of them in the list's size on a screen of twice the usual density."""


class PortraitSource(Protocol):
    """Where one account's portraits are; ``viewmodels.portraits`` has one."""

    def path(self, file_id: str) -> str:
        """Where one is on this computer, empty while it is not."""

    def want(self, file_id: str) -> None:
        """One is to be painted, and not here."""

    def seen(self, file_id: str) -> None:
        """One is on screen."""

    def lost(self, file_id: str) -> None:
        """One is not where it was."""


class Portraits(QObject):
    """Hands out pixmaps by file_id, which means something to the account only that it comes from: servers
    name their files as they like. So one source is asked, and told, at a time: that of the account on screen,
    or the one that is named. Sources come and go with the views of their accounts; while there is none,
    nothing runs."""

    changed = Signal()
    """Some can be painted now that could not be, or somebody has another."""
    made = Signal(str, str)
    """What ``make`` was to write to this path is there, or why it is not, in words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sources: list[PortraitSource] = []
        self._pictures: Pictures | None = None
        self._used: PortraitSource | None = None
        self._paths: dict[tuple[PortraitSource, str], str] = {}
        self._owners: dict[str, tuple[PortraitSource, str]] = {}
        """Whose is what is at a path, and its file_id there."""

    def add(self, source: PortraitSource) -> None:
        """Be ready to take portraits from here."""
        self._sources.append(source)
        if self._pictures is None:
            self._pictures = Pictures(self, _KEPT_BYTES)
            self._pictures.ready.connect(self._ready)
            self._pictures.portrait_made.connect(self.made)

    def remove(self, source: PortraitSource) -> None:
        """End what ``add`` began."""
        self._sources.remove(source)
        self._paths.clear()
        self._owners.clear()
        if self._used is source:
            self._used = None
        if not self._sources and self._pictures is not None:
            self._pictures.close()
            self._pictures.deleteLater()
            self._pictures = None

    def use(self, source: PortraitSource) -> None:
        """The account that this belongs to comes on screen."""
        if source is not self._used:
            self._used = source
            self.changed.emit()

    def get(
        self, file_id: str, size: int, ratio: float, source: PortraitSource | None = None
    ) -> QPixmap | None:
        """A portrait of ``size`` logical pixels, in pixels of the screen; None where there is none to be had
        now. ``source`` is for one that does not belong to the account on screen."""
        source = source or self._used
        if not file_id or self._pictures is None or source not in self._sources:
            return None
        path = self._paths.get((source, file_id)) or self._find(source, file_id)
        if not path:
            return None
        side = round(size * ratio)
        return self._pictures.get(Wanted(path, side, side, portrait=True))

    def make(self, path: str, target: str) -> None:
        """Write what is sent of a picture to ``target``; ``made`` follows."""
        if self._pictures is not None:
            self._pictures.make_portrait(path, target)

    def _find(self, source: PortraitSource, file_id: str) -> str:
        path = source.path(file_id)
        if path:
            self._paths[source, file_id], self._owners[path] = path, (source, file_id)
        else:
            source.want(file_id)
        return path

    def _ready(self, path: str) -> None:
        owner = self._owners.get(path)
        if self._pictures is None or owner is None:
            return
        source, file_id = owner
        if self._pictures.refusal(path) and not Path(path).exists():
            # The folder of pictures has a bound, and a person may have emptied it.
            self._pictures.forget(path)
            self._paths.pop(owner, None)
            self._owners.pop(path, None)
            source.lost(file_id)
        else:
            source.seen(file_id)
        self.changed.emit()
