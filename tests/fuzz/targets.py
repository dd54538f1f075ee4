"""What is fuzzed. A target is a module with ``NAME``, ``WORLD`` (executions that follow from one seed) and
``play(seed, executions)``, which returns the first Finding or None."""

from types import ModuleType

from tests.fuzz import frames, http, sessions, sockets, uploads

SHARES: dict[ModuleType, float] = {http: 0.001, uploads: 0.003, frames: 0.697, sockets: 0.15, sessions: 0.149}
"""Which part of all executions each target gets. A request over a real socket to a real process costs as much
as twenty frames, so HTTP has few; ``--targets http uploads`` gives them all. They come first, since what they
need in memory has to be there before memory is measured."""

BY_NAME = {str(each.NAME): each for each in SHARES}
