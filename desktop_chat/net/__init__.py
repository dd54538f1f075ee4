"""The socket: a transport that carries frames, and a supervisor that keeps one connected."""
