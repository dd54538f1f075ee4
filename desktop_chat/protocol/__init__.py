"""The wire: what client and server say to each other. Shared by both, types only, no I/O.

``ids`` and ``limits`` are the vocabulary, ``records`` what packets carry, ``commands`` what a client
may say, ``replies`` and ``events`` what a server answers and tells, ``errors`` every refusal with its
kind, ``codec`` the frames. docs/protocol.md shows each packet with an example that a test decodes.
"""
