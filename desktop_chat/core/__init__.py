"""Decisions without I/O: no clock, no random, no socket, no database, no Qt. What they need is handed in."""
