"""A small process that speaks to the system's keyring: ``python -m desktop_chat.desktop.keyring_helper``.

A process of its own, because the keyring library keeps 24 MB and takes a third of a second to load, because
a keyring that waits for a person can only be given up by ending who waits, and because nothing is kept of
it in the app. The secret passes through standard input and output, never through the arguments.

Exit codes: 0 done, 3 no keyring, 4 it holds no such secret, 5 it refused; the last line of standard error
says why.
"""

import sys

DONE, NO_KEYRING, NO_SUCH_SECRET, REFUSED = 0, 3, 4, 5


def main(arguments: list[str]) -> int:
    """Do ``get``, ``set`` or ``delete`` for a service and a name; answer with an exit code."""
    import keyring
    import keyring.errors

    action, service, name = arguments
    try:
        if action == "get":
            secret = keyring.get_password(service, name)
            if secret is None:
                return NO_SUCH_SECRET
            sys.stdout.write(secret)
        elif action == "set":
            keyring.set_password(service, name, sys.stdin.read())
        elif action == "delete":
            keyring.delete_password(service, name)
        else:
            raise ValueError(action)
    except keyring.errors.NoKeyringError as error:
        return _because(error, NO_KEYRING)
    except keyring.errors.PasswordDeleteError as error:
        return _because(error, NO_SUCH_SECRET)
    # Backends raise whatever their own libraries do.
    except Exception as error:
        return _because(error, REFUSED)
    return DONE


def _because(error: Exception, code: int) -> int:
    sys.stderr.write(f"{type(error).__name__}: {error}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
