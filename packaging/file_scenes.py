"""Files and pictures for ``make screenshots``: in messages, on their way, in the viewer, and shared."""

import asyncio
from pathlib import Path

from scene_window import Scene, open_window


async def _gallery(look, **how):  # type: ignore[no-untyped-def]
    import tempfile

    from tests.ui import gallery

    folder = Path(tempfile.mkdtemp())

    def prepare(client):  # type: ignore[no-untyped-def]
        gallery.on_their_way(client, folder)

    how = {"size": (1120, 1000)} | how
    window, close = await open_window(
        look, gallery.gallery(folder), open_id=gallery.GALLERY, prepare=prepare, **how
    )
    await asyncio.sleep(0.5)
    return window, close, folder


async def _files(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look)
    return window, close


async def _pictures(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look)
    window.chat.timeline.go_to_start()
    await asyncio.sleep(0.3)
    return window, close


async def _files_narrow(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look, size=(420, 900))
    return window, close


async def _viewer(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look, size=(1120, 760))
    view = window.chat.timeline
    row = view.model.row(2)
    view.file_chosen.emit(row, row.files[1], False)
    await asyncio.sleep(0.5)
    return window, close


def _drop_files(window, paths):  # type: ignore[no-untyped-def]
    from PySide6.QtCore import QMimeData, QUrl

    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.chat.attaching.take(dropped)


async def _send_files(look):  # type: ignore[no-untyped-def]
    from tests.ui import gallery

    window, close, folder = await _gallery(look)
    (folder / "minutes of the meeting.docx").write_bytes(bytes(48_300))
    for file_id, name in ((gallery.LAKE, "lake.png"), (gallery.TOWER, "tower.png")):
        (folder / file_id).rename(folder / name)
    names = ("lake.png", "tower.png", "minutes of the meeting.docx")
    _drop_files(window, [folder / name for name in names])
    window.chat.attaching.dialog.field.insert("From the trip, and the minutes")
    await asyncio.sleep(0.5)
    return window.chat.attaching.dialog, close


async def _send_photo(look):  # type: ignore[no-untyped-def]
    from tests.ui import gallery

    window, close, folder = await _gallery(look)
    (folder / gallery.LAKE).rename(folder / "lake.png")
    _drop_files(window, [folder / "lake.png"])
    await asyncio.sleep(0.5)
    return window.chat.attaching.dialog, close


async def _drop(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look, size=(1120, 760))
    sheet = window.chat.attaching.sheet
    sheet.setGeometry(window.chat.rect())
    sheet.show()
    sheet.raise_()
    await asyncio.sleep(0.1)
    return window, close


async def _shared(look, number, conversation_id=None):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.info_dialog import InfoDialog
    from tests.ui import gallery

    window, close, _ = await _gallery(look, size=(1120, 760))
    window.interactions.show_info(conversation_id or gallery.GALLERY)
    await asyncio.sleep(0.05)
    dialog = window.findChildren(InfoDialog)[-1]
    dialog.segments.choose(number)
    await asyncio.sleep(0.5)
    return dialog, close


async def _shared_pictures(look):  # type: ignore[no-untyped-def]
    return await _shared(look, 1)


async def _shared_files(look):  # type: ignore[no-untyped-def]
    return await _shared(look, 2)


async def _shared_links(look):  # type: ignore[no-untyped-def]
    return await _shared(look, 2, 1)


async def _shared_nothing(look):  # type: ignore[no-untyped-def]
    return await _shared(look, 0, 10)


FILES: dict[str, Scene] = {
    "files": _files,
    "pictures": _pictures,
    "files_narrow": _files_narrow,
    "shared_pictures": _shared_pictures,
    "shared_files": _shared_files,
    "shared_links": _shared_links,
    "shared_nothing": _shared_nothing,
    "viewer": _viewer,
    "send_files": _send_files,
    "send_photo": _send_photo,
    "drop": _drop,
}
