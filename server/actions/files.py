"""Files: who may upload, who may read, what uses them, and when they go.

A file is reached by its id, which is random, and only by those who have a right to it. Its hash opens
nothing: contents are stored once, but whoever wants to have a file without a right has to have all of its
bytes already.
"""

from collections.abc import Iterable

from msgspec import Struct

from desktop_chat.protocol.errors import ErrorCode
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import FileRow
from server.store.writer import Writer

# Pictures are uses too, by what no message has for an id.
_NO_CONVERSATION = 0
_NO_MESSAGE = 0


class NewFile(Struct, frozen=True):
    """A file to be uploaded, as the client announces it. ``client_id`` is made by the client for each upload,
    32 hex digits: with the user it is the idempotency key."""

    client_id: str
    size_bytes: int
    sha256: bytes


class Allowance(Struct, frozen=True):
    """What one user may upload."""

    max_file_bytes: int
    quota_bytes: int
    unfinished_max: int


def check_create(reader: Reader, new: NewFile, user_id: int, allowance: Allowance) -> FileRow | None:
    """The upload that was begun under the same key before, None for a new one. Raises Refused: ``too_large``,
    ``quota_full``, or ``bad_request`` for a key that was used for another file."""
    earlier = reader.file_by_client(new.client_id, user_id)
    if earlier is not None:
        if (earlier.size_bytes, earlier.sha256) != (new.size_bytes, new.sha256):
            raise Refused(ErrorCode.BAD_REQUEST, "This client_id was used for another file.")
        return earlier
    if new.size_bytes < 1:
        raise Refused(ErrorCode.BAD_REQUEST, "An empty file cannot be sent.")
    if new.size_bytes > allowance.max_file_bytes:
        raise Refused(
            ErrorCode.TOO_LARGE,
            f"This file has {new.size_bytes:,} bytes; this server takes files of up to "
            f"{allowance.max_file_bytes:,} bytes.",
        )
    totals = reader.file_totals(user_id)
    if totals.size_bytes + new.size_bytes > allowance.quota_bytes:
        raise Refused(
            ErrorCode.QUOTA_FULL,
            f"Your files would come to {totals.size_bytes + new.size_bytes:,} bytes; this server keeps up to "
            f"{allowance.quota_bytes:,} bytes for each person.",
        )
    if totals.unfinished >= allowance.unfinished_max:
        raise Refused(
            ErrorCode.QUOTA_FULL,
            f"{totals.unfinished} of your uploads are not finished. Finish or cancel some of them first.",
        )
    return None


def do_create(
    writer: Writer, new: NewFile, user_id: int, file_id: str, allowance: Allowance, now_ms: int
) -> FileRow:
    """Begin an upload once; a repeat gets the first one. Raises Refused as ``check_create`` does."""
    earlier = check_create(writer, new, user_id, allowance)
    if earlier is not None:
        return earlier
    row = FileRow(file_id, user_id, new.client_id, new.size_bytes, new.sha256, now_ms)
    writer.add_file(row)
    return row


def check_upload(reader: Reader, file_id: str, user_id: int) -> FileRow:
    """One's own file or upload. Raises Refused (``not_found``), for those of others in the same words as for
    one that is not there."""
    row = reader.file(file_id)
    if row is None or row.uploader_id != user_id:
        raise not_found()
    return row


def do_finish(writer: Writer, file_id: str, now_ms: int) -> None:
    """An upload is whole, and its content is in its place. Raises Refused (``not_found``) where it was
    cancelled meanwhile."""
    row = writer.file(file_id)
    if row is None:
        raise not_found()
    if row.finished_at_ms is None:
        writer.finish_file(file_id, now_ms)


def do_cancel(writer: Writer, file_id: str, user_id: int) -> FileRow:
    """Give up one's own upload, or a file that nothing uses yet; returns what it was. Raises Refused:
    ``not_found``, or ``bad_request`` for a file that is used."""
    row = check_upload(writer, file_id, user_id)
    if writer.file_is_used(file_id):
        raise Refused(ErrorCode.BAD_REQUEST, "This file is in use. Delete the messages that show it instead.")
    writer.delete_file(file_id)
    return row


def check_read(reader: Reader, file_id: str, user_id: int) -> FileRow:
    """A whole file that the user may read: its uploader, a member of a conversation that it is used in,
    anybody if it is a picture of a user or a group. Raises Refused (``not_found``), for a file of others in
    the same words as for one that is not there or not whole."""
    row = reader.file(file_id)
    if row is None or row.finished_at_ms is None:
        raise not_found()
    if (
        row.uploader_id == user_id
        or reader.file_is_shared(file_id, user_id)
        or reader.file_is_picture(file_id)
    ):
        return row
    raise not_found()


def check_attach(reader: Reader, file_ids: Iterable[str], user_id: int) -> None:
    """Whether a user may send these files: own ones, or such as he may read and so forward. Raises Refused:
    ``not_found``, or ``bad_request`` for an upload of his that is not whole."""
    for file_id in file_ids:
        row = reader.file(file_id)
        if row is not None and row.uploader_id == user_id and row.finished_at_ms is None:
            raise Refused(ErrorCode.BAD_REQUEST, "This file is not uploaded completely yet.")
        check_read(reader, file_id, user_id)


def do_attach(writer: Writer, file_ids: Iterable[str], conversation_id: int, message_id: int) -> None:
    """Note that a message uses these files, each named once, which ``check_attach`` let its sender send; from
    then on the conversation's members may read them."""
    for file_id in file_ids:
        writer.add_file_use(file_id, conversation_id, message_id)


def do_detach(writer: Writer, message_id: int) -> None:
    """A message is gone, and uses no file any more; what nothing else uses is swept later."""
    writer.delete_file_uses(message_id)


def check_picture(reader: Reader, file_id: str, user_id: int) -> None:
    """Whether a user may show a file as a picture; "" is none. Raises Refused as ``check_attach`` does."""
    if file_id:
        check_attach(reader, [file_id], user_id)


def do_show_user_picture(writer: Writer, user_id: int, before: str, after: str) -> None:
    """A user has another picture, or none (""); from then on everybody may read it."""
    _show(writer, before, after, _NO_CONVERSATION, -user_id)


def do_show_group_picture(writer: Writer, conversation_id: int, before: str, after: str) -> None:
    """A group has another picture, or none (""); from then on everybody may read it."""
    _show(writer, before, after, conversation_id, _NO_MESSAGE)


def _show(writer: Writer, before: str, after: str, conversation_id: int, message_id: int) -> None:
    if before == after:
        return
    if before:
        writer.delete_file_use(before, conversation_id, message_id)
    if after:
        writer.add_file_use(after, conversation_id, message_id)


def do_sweep(writer: Writer, file_ids: Iterable[str]) -> list[FileRow]:
    """Forget those of these files that nothing uses by now; returns what they were."""
    swept = []
    for file_id in file_ids:
        row = writer.file(file_id)
        if row is None or writer.file_is_used(file_id):
            continue
        writer.delete_file(file_id)
        swept.append(row)
    return swept


def not_found() -> Refused:
    """The one refusal for files that are not there and files that are not for this user."""
    return Refused(ErrorCode.NOT_FOUND, "There is no such file.")
