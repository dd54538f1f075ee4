"""The command line against the app that runs: send, tail, export. Answered by it, or read from its cache."""
