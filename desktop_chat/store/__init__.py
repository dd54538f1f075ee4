"""One account's cache and outbox in one SQLite file: the truth of the screen."""
