"""Power losses and kills by the thousand: ``make torture``, or ``python -m tests.torture``."""
