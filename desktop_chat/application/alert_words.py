"""What a notification says of a message, as far as the person wants it said."""

from collections.abc import Callable

from desktop_chat.core.attachments import FILE_KINDS
from desktop_chat.core.models import Message
from desktop_chat.desktop.notifications import MAX_BODY_CHARS, Notification
from desktop_chat.language import tr, trn
from desktop_chat.services.notifier import Alert
from desktop_chat.settings import Settings
from desktop_chat.viewmodels import rich_text, safe_text, wording

APP_NAME = "desktop-chat"


def new_message() -> str:
    """What is told where nothing is told of the message."""
    return tr("New message")


def notification(
    alert: Alert,
    settings: Settings,
    name_of: Callable[[int], str],
    picture: Callable[[], bytes],
    where: str = "",
) -> Notification:
    """The notification for an alert. ``name_of`` says what to call a person; ``picture``, asked only where
    it is shown, gives the conversation's avatar as PNG; ``where`` names the account, or is empty."""
    row, message = alert.conversation, alert.message
    seq = message.seq or 0
    if settings.hide_sender:
        # Nobody answers whom they do not see.
        return Notification(
            row.conversation_id,
            wording.beside(APP_NAME, where),
            new_message(),
            seq,
            sound=settings.sound,
            answerable=True,
        )
    title = wording.title(row)
    body = new_message() if settings.hide_text else text_of(message)
    if row.kind == "group":
        # Translators: who wrote, and what.
        body = tr("{name}: {words}", name=name_of(message.sender_id), words=body)
    heading = title
    if row.unread > 1:
        # Translators: the title of a notification: with whom, and how many new messages there are.
        heading = trn("{title} ({count} new)", "{title} ({count} new)", count=row.unread, title=title)
    return Notification(
        row.conversation_id,
        wording.beside(heading, where),
        body,
        seq,
        picture(),
        settings.sound,
        answerable=True,
        reply_words=tr("Reply to {name}", name=title),
    )


def text_of(message: Message) -> str:
    """A message's words without markup, on as many lines as it has."""
    if message.kind == "text" and message.body.strip():
        plain = rich_text.plain(message.body[: 4 * MAX_BODY_CHARS])
        return safe_text.shown_body(plain).replace("\u2028", "\n").strip()
    if message.kind in FILE_KINDS:
        return wording.files(message.kind, message.body)
    return new_message()
