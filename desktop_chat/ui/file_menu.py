"""What can be done with the files of a message, as part of its menu."""

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct
from PySide6.QtWidgets import QMenu

from desktop_chat.core.transfers import TransferPhase
from desktop_chat.language import tr, trc, trn
from desktop_chat.ui import icons
from desktop_chat.ui.theme import Tokens
from desktop_chat.viewmodels import safe_text
from desktop_chat.viewmodels.attached_files import AttachedFile

_NAME_CHARS = 40
_BESIDE_OTHERS_MAX = 5
"""More files are in a menu of their own: it would be higher than the screen."""


class FileDeed(Enum):
    """Something to do with a file."""

    OPEN = "open"
    SHOW_FOLDER = "show folder"
    SAVE_AS = "save as"
    FETCH = "fetch"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


class ChosenDeed(Struct, frozen=True):
    """What was chosen in the menu, and for which file."""

    deed: FileDeed
    file: AttachedFile


def add_files(menu: QMenu, files: Sequence[AttachedFile], tokens: Tokens) -> None:
    """Offer what can be done with each file: at once for one, in a menu of its own for each of several. The
    actions' data is a ChosenDeed."""
    if len(files) == 1:
        _add(menu, files[0], tokens)
    else:
        within = menu
        if len(files) > _BESIDE_OTHERS_MAX:
            title = trn("{count} file", "{count} files", count=len(files))
            within = menu.addMenu(icons.icon("file", tokens.muted, 18), title)
        for each in files:
            # An ampersand would be taken for the mark of a shortcut.
            own = within.addMenu(
                icons.icon("photo" if each.is_picture else "file", tokens.muted, 18),
                safe_text.shortened(each.name, _NAME_CHARS).replace("&", "&&"),
            )
            _add(own, each, tokens)
    if files:
        menu.addSeparator()


def deeds(file: AttachedFile) -> list[tuple[FileDeed, str, str]]:
    """What can be done with a file now: the deed, its words, and its icon."""
    offered: list[tuple[FileDeed, str, str]] = []
    if file.moving:
        offered.append((FileDeed.PAUSE, trc("menu", "Pause"), "pause"))
    elif file.phase is TransferPhase.PAUSED:
        offered.append((FileDeed.RESUME, trc("menu", "Resume"), "upload" if file.sending else "fetch"))
    elif file.phase is TransferPhase.FAILED and not file.sending:
        offered.append((FileDeed.RESUME, tr("Try again"), "retry"))
    elif not file.here:
        offered.append((FileDeed.FETCH, trc("menu", "Download"), "fetch"))
    if file.here:
        offered.append((FileDeed.OPEN, trc("menu", "Open"), "open"))
        offered.append((FileDeed.SHOW_FOLDER, tr("Show in folder"), "folder"))
    if not file.sending:
        offered.append((FileDeed.SAVE_AS, tr("Save as…"), "save"))
        if file.moving or file.phase in (TransferPhase.PAUSED, TransferPhase.FAILED):
            offered.append((FileDeed.CANCEL, tr("Cancel download"), "close"))
    return offered


def _add(menu: QMenu, file: AttachedFile, tokens: Tokens) -> None:
    for deed, words, name in deeds(file):
        action = menu.addAction(icons.icon(name, tokens.muted, 18), words)
        action.setData(ChosenDeed(deed, file))
