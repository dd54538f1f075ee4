"""The log's epoch and position."""

from sqlalchemy import bindparam, insert, literal_column, select

from server.store.schema import server_log
from server.store.statements.building import compiled

LOG = compiled(select(server_log.c.epoch, server_log.c.position))
ADD_LOG = compiled(
    insert(server_log).values(
        log_id=literal_column("1"), epoch=bindparam("epoch"), position=literal_column("0")
    )
)
SET_POSITION = "UPDATE server_log SET position = ?"
