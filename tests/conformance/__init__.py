"""A server held to docs/protocol.md by the wire alone, whoever wrote it and wherever it runs."""
