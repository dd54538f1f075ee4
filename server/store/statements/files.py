"""Files and what uses them."""

from sqlalchemy import bindparam, delete, exists, func, insert, literal_column, select, update

from server.store.schema import file, file_use, member
from server.store.statements.building import compiled

FILE = compiled(select(file).where(file.c.file_id == bindparam("file_id")))
FILE_BY_CLIENT = compiled(
    select(file).where(
        file.c.uploader_id == bindparam("uploader_id"), file.c.client_id == bindparam("client_id")
    )
)
FILE_TOTALS = compiled(
    select(
        func.coalesce(func.sum(file.c.size_bytes), literal_column("0")),
        func.count() - func.count(file.c.finished_at_ms),
    ).where(file.c.uploader_id == bindparam("uploader_id"))
)
FILE_IS_SHARED = compiled(
    select(
        exists()
        .where(file_use.c.file_id == bindparam("file_id"))
        .where(member.c.conversation_id == file_use.c.conversation_id)
        .where(member.c.user_id == bindparam("user_id"))
    )
)
FILE_IS_USED = compiled(select(exists().where(file_use.c.file_id == bindparam("file_id"))))
FILE_IS_PICTURE = compiled(
    select(
        exists().where(
            file_use.c.file_id == bindparam("file_id"), file_use.c.message_id < literal_column("1")
        )
    )
)
FILE_IDS_OF = compiled(
    select(file_use.c.file_id)
    .where(file_use.c.message_id == bindparam("message_id"))
    .order_by(file_use.c.file_id)
)
CONTENT_IS_KEPT = compiled(
    select(exists().where(file.c.sha256 == bindparam("sha256"), file.c.finished_at_ms.is_not(None)))
)
UNUSED_FILES = (
    compiled(
        select(file)
        .where(file.c.file_id > bindparam("after_file_id"))
        .where(func.coalesce(file.c.finished_at_ms, file.c.created_at_ms) < bindparam("before_ms"))
        .where(~exists().where(file_use.c.file_id == file.c.file_id))
        .order_by(file.c.file_id)
    )
    + " LIMIT :row_limit"
)
ADD_FILE = compiled(insert(file))
FINISH_FILE = compiled(
    update(file)
    .where(file.c.file_id == bindparam("of_file_id"))
    .values(finished_at_ms=bindparam("new_finished_at_ms"))
)
DELETE_FILE = compiled(delete(file).where(file.c.file_id == bindparam("file_id")))
ADD_FILE_USE = compiled(insert(file_use))
DELETE_FILE_USE = compiled(
    delete(file_use).where(
        file_use.c.file_id == bindparam("file_id"),
        file_use.c.conversation_id == bindparam("conversation_id"),
        file_use.c.message_id == bindparam("message_id"),
    )
)
DELETE_FILE_USES = compiled(delete(file_use).where(file_use.c.message_id == bindparam("message_id")))
