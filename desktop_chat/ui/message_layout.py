"""Lays one message out: where its bubble is, and in it and around it all its parts. Pure geometry."""

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics

from desktop_chat.core.models import SendState
from desktop_chat.language import tr
from desktop_chat.ui import mirroring, theme
from desktop_chat.ui.attachments_layout import EDGE, AttachmentsLayout, PlacedFile
from desktop_chat.ui.message_head import MessageHead
from desktop_chat.ui.reaction_chips import CHIP_GAP, CHIP_HEIGHT, place_chips
from desktop_chat.ui.text_block import META_LINE, TextBlock, TextLook, metrics
from desktop_chat.viewmodels.links import Link
from desktop_chat.viewmodels.timeline_rows import ReactionChip, TimelineRow

PAD_X, PAD_Y = 14, 8
TICKS_WIDTH = 21
AVATAR = 32
AVATAR_X = 16
OTHER_X = AVATAR_X + AVATAR + 12
OWN_MARGIN = 22
GROUP_GAP, ROW_GAP = 8, 3
DAY_HEIGHT = 42
UNREAD_HEIGHT = 40
FAILED_HEIGHT = 22
NOTICE_HEIGHT = 24
NOTICE_PX = 12
CAPTION_MIN = 260
FILES_GAP = 7
HEAD_GAP = 3


class MessageLayout:
    """One row at one width. Rectangles are relative to the row's upper left corner. The bubble of a notice is
    its pill, and has nothing in it but ``notice_words``.

    Own messages are at the end of the line of sight, others at its beginning: right and left, and the other
    way round where windows are read from right to left. The time is in the bubble's lower corner at the end.
    """

    def __init__(self, row: TimelineRow, width: int, look: TextLook) -> None:
        self.row = row
        self.width = width
        self.meta = meta_words(row)
        small = metrics(theme.SMALL_PX)[1]
        # The time, and the ticks where there are any.
        self.meta_width = round(small.horizontalAdvance(self.meta)) + (TICKS_WIDTH if row.own else 0)
        room = max_bubble_width(width)
        self.files = AttachmentsLayout(row.files, room, PAD_X, self.meta_width)
        text = row.text
        self.bare = bool(row.files) and not text.text
        """Whether there is nothing below the files: then the time is on the last of them."""
        if row.files and not self.bare:
            # A caption is no wider than what it is about, unless that is very narrow.
            room = min(room, max(self.files.size.width(), CAPTION_MIN))
        room -= 2 * PAD_X
        self.head = MessageHead(row, room)
        self.block = TextBlock(text, look, self.meta_width, room)
        self.bubble_size = self._bubble_size()
        self._place_row()

    @property
    def text(self) -> str:
        """What is laid out."""
        return self.block.text

    @property
    def links(self) -> list[Link]:
        """The links in the text."""
        return self.block.links

    def refit(self, width: int) -> bool:
        """Take another width where that breaks no line elsewhere; whether it could."""
        fits = self.block.meta_inline and self.bubble_size.width() <= max_bubble_width(width)
        if (
            not fits
            or self.block.layout.lineCount() > 1
            or self.head.height
            or self.row.notice
            or self.row.files
        ):
            return False
        self.width = width
        self._place_row()
        return True

    def position_at(self, point: QPoint) -> int:
        """The place in the text nearest to a point of the row, in UTF-16 units."""
        return self.block.position_at(QPointF(point) - self.text_at)

    def link_at(self, point: QPoint) -> Link | None:
        """The link under a point of the row."""
        return self.block.link_at(QPointF(point) - self.text_at)

    def opens_whole(self, point: QPoint) -> bool:
        """Whether a point of the row is on the words that open a very long message."""
        inside = QPointF(point) - self.text_at
        return self.block.cut and self.bubble.contains(point) and self.block.on_last_line(inside)

    def on_text(self, point: QPoint) -> bool:
        """Whether a point of the row is on a line of its text."""
        return (
            not self.row.notice
            and not self.bare
            and self.block.position_on_text(QPointF(point) - self.text_at) is not None
        )

    def on_quote(self, point: QPoint) -> bool:
        """Whether a point of the row is on the message that this one answers."""
        return self.head.quote_rect.translated(self.head_at).contains(point)

    def chip_at(self, point: QPoint) -> ReactionChip | None:
        """The reaction under a point of the row."""
        return next((chip for rect, chip in self.chips if rect.contains(point)), None)

    def file_at(self, point: QPoint) -> PlacedFile | None:
        """The file under a point of the row."""
        return self.files.file_at(point - self.files_at)

    @property
    def meta_on_picture(self) -> bool:
        """Whether the time stands on a picture."""
        return self.bare and self.files.ends_with_picture

    def _bubble_size(self) -> QSize:
        """How large the bubble is; on the way everything in it gets its height: ``_files_y``, ``_text_y``."""
        content = max(0 if self.bare else self.block.size.width(), self.head.width)
        width = content + 2 * PAD_X
        self._files_y = self._text_y = PAD_Y + self.head.height
        if not self.row.files:
            height = self._text_y + self.block.size.height() + PAD_Y
            return QSize(width, height + (0 if self.block.meta_inline else META_LINE))
        width = max(width, self.files.size.width())
        self.files.place(width, meta_below=not self.bare)
        if self.head.height:
            self._files_y += HEAD_GAP
        elif self.files.begins_with_picture:
            self._files_y = EDGE
        bottom = self._files_y + self.files.size.height()
        if self.bare:
            return QSize(width, bottom + (EDGE if self.files.ends_with_picture else PAD_Y))
        self._text_y = bottom + FILES_GAP
        height = self._text_y + self.block.size.height() + PAD_Y
        return QSize(width, height + (0 if self.block.meta_inline else META_LINE))

    def _place_row(self) -> None:
        row, room = self.row, QRect(0, 0, self.width, 0)
        top = 0
        self.day_rect = QRect()
        self.unread_rect = QRect()
        if row.day:
            self.day_rect = QRect(0, top, self.width, DAY_HEIGHT)
            top += DAY_HEIGHT
        if row.unread_line:
            self.unread_rect = QRect(0, top, self.width, UNREAD_HEIGHT)
            top += UNREAD_HEIGHT
        if not row.day and not row.unread_line:
            top += GROUP_GAP if row.first_in_group else ROW_GAP
        size = self._notice_size() if row.notice else self.bubble_size
        if row.notice:
            left = (self.width - size.width()) // 2
        else:
            left = self.width - OWN_MARGIN - size.width() if row.own else OTHER_X
        self.bubble = mirroring.placed(QRect(QPoint(left, top), size), room)
        left = self.bubble.left()
        avatar = QRect(AVATAR_X, self.bubble.bottom() + 1 - AVATAR, AVATAR, AVATAR)
        self.avatar_at = mirroring.placed(avatar, room).topLeft()
        self.head_at = QPoint(left + PAD_X, top + PAD_Y)
        self.files_at = QPoint(left, top + self._files_y)
        # Words from right to left begin at the right of the bubble, however wide it is for other reasons.
        spare = size.width() - 2 * PAD_X - self.block.size.width() if self.block.right_to_left else 0
        self.text_at = QPointF(left + PAD_X + spare, top + self._text_y)
        on_picture = self.meta_on_picture
        aside = PAD_X + (2 if on_picture else -2)
        meta = QRect(self.bubble.right() + 1 - aside - self.meta_width, 0, self.meta_width, 1)
        self.meta_left = mirroring.placed(meta, self.bubble).left()
        self.meta_baseline = self.bubble.bottom() + 1 - PAD_Y - (8 if on_picture else 2)
        top += size.height()
        top = self._place_chips(top)
        self.failed_rect = QRect()
        self.retry_rect = QRect()
        self.discard_rect = QRect()
        if row.own and row.state is SendState.FAILED:
            self._place_failed(top)
            top += FAILED_HEIGHT
        self.height = top + 1

    def _notice_size(self) -> QSize:
        font_metrics = QFontMetrics(theme.font(NOTICE_PX, QFont.Weight.Medium))
        room = max(80, self.width - 80)
        self.notice_words = font_metrics.elidedText(
            self.row.notice[:500], Qt.TextElideMode.ElideRight, room - 24
        )
        return QSize(font_metrics.horizontalAdvance(self.notice_words) + 24, NOTICE_HEIGHT)

    def _place_chips(self, top: int) -> int:
        self.chips: list[tuple[QRect, ReactionChip]] = []
        if not self.row.reactions:
            return top
        placed, height = place_chips(self.row.reactions, max_bubble_width(self.width))
        right = max(rect.right() + 1 for rect, _ in placed)
        room = QRect(0, 0, self.width, 0)
        # Reckoned from the left like all else, then mirrored with the row.
        bubble = mirroring.placed(self.bubble, room)
        left = bubble.right() + 1 - right if self.row.own else bubble.left()
        corner = QPoint(left, top + CHIP_GAP)
        self.chips = [(mirroring.placed(rect.translated(corner), room), chip) for rect, chip in placed]
        return top + CHIP_GAP + max(height, CHIP_HEIGHT)

    def _place_failed(self, top: int) -> None:
        font_metrics = QFontMetrics(theme.font(12))
        right = self.width - OWN_MARGIN
        discard = font_metrics.horizontalAdvance(discard_words())
        retry = font_metrics.horizontalAdvance(retry_words())
        dot = font_metrics.horizontalAdvance(" · ")
        left = right - discard - dot - retry
        error = self.row.message.error.rstrip(".")
        words = tr("Not sent: {reason}", reason=error) if error else tr("Not sent")
        self.failed_words = font_metrics.elidedText(f"{words} — ", Qt.TextElideMode.ElideMiddle, left - 16)
        width = font_metrics.horizontalAdvance(self.failed_words)
        self.failed_rect, self.retry_rect, self.dot_rect, self.discard_rect = (
            mirroring.placed(QRect(x, top + 3, wide, FAILED_HEIGHT - 4), QRect(0, 0, self.width, 0))
            for x, wide in (
                (left - width, width),
                (left, retry),
                (left + retry, dot),
                (right - discard, discard),
            )
        )


def meta_words(row: TimelineRow) -> str:
    """What stands at a bubble's lower corner: "★ edited 14:32"."""
    words = tr("edited {time}", time=row.time) if row.edited else row.time
    return f"★ {words}" if row.starred else words


def retry_words() -> str:
    """What sends a message again that was not sent."""
    return tr("Retry")


def discard_words() -> str:
    """What lets go of a message that was not sent."""
    return tr("Discard")


def max_bubble_width(width: int) -> int:
    """At most 65 % of the timeline; more of a narrow one, where that would leave a few words a line."""
    room = width - OTHER_X - OWN_MARGIN - 24
    return max(120, round(width * 0.65), min(room, 300))
