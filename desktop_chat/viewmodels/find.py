"""Finding words in the conversation that is open, one place after the other."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.store.search import Filters
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.search import DEBOUNCE_MS, MAX_QUERY_CHARS

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

FOUND_MAX = 500


class FindModel(QObject):
    """The places of one query in one conversation, the newest first; one of them is where the eye is."""

    place_changed = Signal(int)
    """The message with this seq is to be shown."""
    words_changed = Signal(str)
    """ "3 of 17", "nothing found", or why it cannot be searched."""
    query_changed = Signal(str)
    """What is to be marked in every message on screen; empty for nothing."""

    def __init__(
        self,
        client: "Client",
        spawn: Spawn,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._spawn = spawn
        self._conversation_id = 0
        self._query = ""
        self._seqs: list[int] = []
        self._at = 0
        self._generation = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._ask)

    def begin(self, conversation_id: int) -> None:
        """Search in another conversation from now on."""
        if conversation_id != self._conversation_id:
            self.end()
            self._conversation_id = conversation_id

    def set_query(self, query: str) -> None:
        """Look for this, once typing pauses."""
        query = query[:MAX_QUERY_CHARS].strip()
        if query == self._query:
            return
        self._query = query
        self._seqs = []
        self._generation += 1
        self.query_changed.emit(query)
        if query:
            self._timer.start()
        else:
            self._timer.stop()
            self._seqs = []
            self.words_changed.emit("")

    def step(self, step: int) -> None:
        """Go to the next place further up, or with -1 further down; after the last comes the first."""
        if self._seqs:
            self._at = (self._at + step) % len(self._seqs)
            self._tell()

    def end(self) -> None:
        """Look for nothing any more."""
        self.set_query("")

    def _ask(self) -> None:
        self._spawn(self._find(self._generation, self._query, self._conversation_id))

    async def _find(self, generation: int, query: str, conversation_id: int) -> None:
        try:
            hits = await self._client.search(query, Filters((conversation_id,)), FOUND_MAX)
        except ClientError as error:
            if generation == self._generation:
                self.words_changed.emit(str(error))
            return
        if generation != self._generation:
            return
        self._seqs = [hit.message.seq for hit in hits if hit.message.seq is not None]
        self._at = 0
        if self._seqs:
            self._tell()
        else:
            self.words_changed.emit(tr("Nothing found"))

    def _tell(self) -> None:
        count = len(self._seqs)
        # Translators: which of the places that were found: “3 of 17”, or “3 of 500+”.
        total = f"{count}+" if count == FOUND_MAX else str(count)
        self.words_changed.emit(tr("{place} of {total}", place=self._at + 1, total=total))
        self.place_changed.emit(self._seqs[self._at])
