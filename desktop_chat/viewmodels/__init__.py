"""What rows say, in which order, and what changed: QtCore only, fed by the client's changes."""
