"""Every size and count the wire allows. Both sides hold to them; the server enforces them."""

PROTOCOL_VERSION = 2

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

GROUP_MEMBERS_MAX = 5000
"""Members of one group."""
ADD_MEMBERS_MAX = 500
"""People added to a group by one command."""
RECEIPTS_MEMBERS_MAX = 64
"""In a conversation of more members than this, nobody is told of another's pointers, typing is told only to
those who look at it, and presence does not follow from it; MESSAGE_DETAILS still tells."""
TITLE_MAX_CHARS = 128
ABOUT_MAX_CHARS = 500
MENTIONS_MAX = 50
FILES_PER_MESSAGE_MAX = 20
REACTION_KEY_MAX_CHARS = 16
REACTION_KEYS_MAX = 20
"""Different reactions on one message."""
REACTIONS_MAX = 1000
"""Reactions on one message, of all people together: each travels with every change of the message."""
PINS_MAX = 50
"""Pinned messages of one conversation."""
VERSIONS_MAX = 100
"""Edits of one message that are kept readable; a further one is refused."""
RETENTION_DAYS_MAX = 3650
STARS_MAX = 10_000
"""Messages that one user may have starred."""
STARS_PAGE = 500
"""Stars in one STARS_UPDATE at most."""
INVITES_MAX = 200
"""Invites of one user that are kept at the same time."""
BLOCKED_MAX = 1000
"""People one user may block."""
AUDIT_PAGE_MAX = 200
CAPABILITIES_MAX = 32

USER_NAME_MIN_CHARS = 2
USER_NAME_MAX_CHARS = 32
DISPLAY_NAME_MAX_CHARS = 64
DEVICE_NAME_MAX_CHARS = 64
PASSWORD_MIN_CHARS = 8
PASSWORD_MAX_CHARS = 256
PEOPLE_QUERY_MAX_CHARS = 64
PEOPLE_MAX = 50
TOKEN_MAX_CHARS = 128
INVITE_CODE_MAX_CHARS = 64
