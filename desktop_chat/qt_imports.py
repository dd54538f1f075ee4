"""The import statement beside Qt for Python."""

import builtins


def without_feature_hook() -> None:
    """Let modules be imported as if PySide6 were not there, which has to be imported before.

    It puts a hook into the import statement that reads the source of every module imported after it, to see
    whether ``__feature__`` (snake_case, true_property) could matter to it, and ``linecache`` keeps all of
    those lines: a seventh of the start and ten megabytes for something that nothing here uses.
    """
    plain_import = getattr(builtins, "__orig_import__", None)
    if plain_import is not None:
        builtins.__import__ = plain_import
