"""The regime every test runs under; each guard is a small plugin in tests/regime, and is tested there."""

pytest_plugins = [
    # First: before anything imports Qt, and before any code could read the person's own folders.
    "tests.regime.isolation",
    "tests.regime.async_tests",
    "tests.regime.log_guard",
    "tests.regime.network_guard",
    "tests.regime.thread_guard",
    "pytester",
]
