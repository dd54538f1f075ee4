"""Guards around every test. They are pytest plugins, named in tests/conftest.py."""
