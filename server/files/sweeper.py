"""Sweeping: files that nothing uses, uploads that do not go on, and what a crash left on the disk."""

import asyncio
import logging

from server.actions.files import do_sweep
from server.files.files import Files
from server.store.base import StoreUnavailable
from server.store.records import FileRow

_log = logging.getLogger(__name__)
_BATCH = 100
_MS_PER_HOUR = 3_600_000


async def keep_sweeping(files: Files) -> None:
    """Sweep now and then, until cancelled."""
    while True:
        try:
            await sweep(files)
        except StoreUnavailable as error:
            _log.warning("not swept error=%s", error)
        await asyncio.sleep(files.limits.sweep_interval_s)


async def sweep(files: Files) -> int:
    """Remove everything that is not needed; returns how many files went. Raises StoreUnavailable."""
    before_ms = files.now_ms() - round(files.limits.orphan_hours * _MS_PER_HOUR)
    swept = await _sweep_files(files, before_ms)
    await _sweep_parts(files)
    await _sweep_blobs(files)
    if swept:
        _log.info("swept files=%d", swept)
    return swept


async def _sweep_files(files: Files, before_ms: int) -> int:
    swept, after = 0, ""
    going_on = {file_id for file_id, written_at_ms in await files.blobs.parts() if written_at_ms >= before_ms}

    def may_go(row: FileRow) -> bool:
        return not files.is_busy(row.file_id) and (
            row.finished_at_ms is not None or row.file_id not in going_on
        )

    while rows := await files.store.read(
        lambda reader, start=after: reader.unused_files(before_ms, start, _BATCH)  # type: ignore[misc]
    ):
        after = rows[-1].file_id
        ids = [row.file_id for row in rows if may_go(row)]
        with files.holding(*ids):
            gone = await files.store.perform(lambda writer, these=ids: do_sweep(writer, these))
            for row in gone:
                await files.drop(row)
        swept += len(gone)
    return swept


async def _sweep_parts(files: Files) -> None:
    """Parts whose upload was finished or forgotten right before a crash. An upload has its row before its
    part, so a part without one will never get one."""
    for file_id, _ in await files.blobs.parts():
        if files.is_busy(file_id):
            continue
        with files.holding(file_id):
            row = await files.store.read(lambda reader, this=file_id: reader.file(this))  # type: ignore[misc]
            if row is None or row.finished_at_ms is not None:
                await files.blobs.drop_part(file_id)


async def _sweep_blobs(files: Files) -> None:
    """Contents that no file has: placed, or not yet removed, right before a crash."""
    for contents in await files.blobs.blobs():
        for start in range(0, len(contents), _BATCH):
            some = contents[start : start + _BATCH]
            kept = await files.store.read(
                lambda reader, these=some: {each for each in these if reader.content_is_kept(each)}  # type: ignore[misc]
            )
            for sha256 in some:
                if sha256 not in kept:
                    await files.drop_content(sha256)
