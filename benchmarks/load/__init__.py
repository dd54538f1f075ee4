"""The loads on the server, each run in a process of its own so that the server's CPU is measured alone."""
