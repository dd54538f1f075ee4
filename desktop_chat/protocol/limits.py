"""Every size and count the wire allows. Both sides hold to them; the server enforces them."""

PROTOCOL_VERSION = 1

MAX_COMMAND_FRAME_BYTES = 256 * 1024
"""A longer frame from a client is answered with ``too_large``."""
MAX_TRANSPORT_FRAME_BYTES = 1024 * 1024
"""A longer frame from a client is not even read: the socket closes with 1009."""
MAX_SERVER_FRAME_BYTES = 4 * 1024 * 1024
"""No server frame is longer; a client closes on one that is."""

MAX_BODY_CHARS = 16_000
"""Length of a message's body, in code points."""
MAX_KIND_CHARS = 32
PREVIEW_CHARS = 120
"""A head's preview is the body's first characters, cut by the server for content of kind ``text``."""

HISTORY_PAGE_MAX = 200
"""Messages in one MESSAGE_HISTORY at most."""
HISTORY_PAGE_BODY_CHARS = 256 * 1024
"""A page ends early, after at least one message, once its bodies together are longer than this."""
CATCH_UP_BATCH = 100
"""Conversations in one frame of a catch-up at most."""

USER_NAME_MIN_CHARS = 2
USER_NAME_MAX_CHARS = 32
DISPLAY_NAME_MAX_CHARS = 64
DEVICE_NAME_MAX_CHARS = 64
PASSWORD_MIN_CHARS = 8
PASSWORD_MAX_CHARS = 256
PEOPLE_QUERY_MAX_CHARS = 64
PEOPLE_MAX = 50
TOKEN_MAX_CHARS = 128
