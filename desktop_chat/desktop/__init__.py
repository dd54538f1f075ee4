"""What the platform offers: notifications, tray, keyring, one instance for each profile, a hosted server."""
