"""The reference store with somebody who looks at every change."""

from collections.abc import Callable

from server.store.memory import Answer, MemoryStore, Pending


class WatchedStore(MemoryStore):
    """Calls ``look`` after each operation, before anybody is told of it. What comes and goes between two
    rests of the server is seen too."""

    look: Callable[[], None]

    def _apply(self, batch: list[Pending]) -> list[Answer]:
        answers: list[Answer] = []
        for each in batch:
            answers += super()._apply([each])
            self.look()
        return answers
