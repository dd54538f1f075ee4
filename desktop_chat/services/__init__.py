"""The headless client: asyncio, no Qt. ``client.Client`` is the one door that view models go through."""
