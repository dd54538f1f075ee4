"""What is fuzzed. A target is a module with ``NAME``, ``WORLD`` (executions that follow from one seed) and
``play(seed, executions)``, which returns the first Finding or None.

Missing is the upload of files (offsets, lengths and order of PATCH requests, tus 1.0): it becomes a module of
its own beside ``http``, whose server and checks it can use, and a line below, with the server's /files."""

from types import ModuleType

from tests.fuzz import frames, http, sessions, sockets

SHARES: dict[ModuleType, float] = {http: 0.001, frames: 0.7, sockets: 0.15, sessions: 0.149}
"""Which part of all executions each target gets. A request over a real socket to a real process costs as much
as twenty frames, so HTTP has few; ``--targets http`` gives it all. It comes first, since what it needs in
memory has to be there before memory is measured."""

BY_NAME = {str(each.NAME): each for each in SHARES}
