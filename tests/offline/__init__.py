"""The real engine and the real server over ways that break, by the thousand: ``make offline``, or
``python -m tests.offline``."""
