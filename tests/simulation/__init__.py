"""The whole client and the whole server in one process, in virtual time, from a seed."""
