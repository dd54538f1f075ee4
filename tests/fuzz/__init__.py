"""Input that no client would send, for the real code: ``make fuzz``, or ``python -m tests.fuzz``."""
