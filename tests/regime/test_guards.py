"""Each guard lets a good test pass and fails a bad one: a guard that cannot fail is none."""

from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]


def run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    """Run one test file under the project's regime, in a process of its own."""
    pytester.makepyprojecttoml((_REPOSITORY / "pyproject.toml").read_text())
    pytester.makeconftest((_REPOSITORY / "tests" / "conftest.py").read_text())
    pytester.makepyfile(test_it=source)
    return pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "-o", "testpaths=.", "-o", f"pythonpath={_REPOSITORY}", "test_it.py"
    )


def test_async_tests_run_and_may_fail(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio

        import pytest

        async def test_good(tmp_path):
            await asyncio.sleep(0)
            assert tmp_path.is_dir()

        @pytest.mark.parametrize("number", [1, 2])
        async def test_bad(number):
            await asyncio.sleep(0)
            assert number == 3
        """,
    )
    result.assert_outcomes(passed=1, failed=2)


def test_a_task_left_behind_fails(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio

        async def test_leaves():
            test_leaves.task = asyncio.create_task(asyncio.sleep(60), name="forgotten")

        async def test_cancels():
            asyncio.create_task(asyncio.sleep(60)).cancel()
        """,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Tasks were left behind*", "*forgotten*"])


def test_an_async_test_with_the_application_runs_on_its_loop(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio

        async def test_with(qapp):
            await asyncio.sleep(0)
            assert type(asyncio.get_running_loop()).__name__ == "QSelectorEventLoop"

        async def test_without():
            assert type(asyncio.get_running_loop()).__module__ == "asyncio.unix_events"
        """,
    )
    result.assert_outcomes(passed=2)


def test_an_unexpected_record_fails(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import logging
        import threading

        log = logging.getLogger("a.b")

        def test_says_it_before(caplog):
            with caplog.at_level(logging.WARNING, logger="a.b"):
                log.warning("expected")
            assert "expected" in caplog.text

        def test_quiet():
            log.info("no matter")

        def test_worse_than_said(caplog):
            with caplog.at_level(logging.WARNING, logger="a.b"):
                log.error("worse")

        def test_unexpected():
            log.warning("surprise")

        def test_on_a_thread():
            thread = threading.Thread(target=log.error, args=("elsewhere",))
            thread.start()
            thread.join()
        """,
    )
    result.assert_outcomes(passed=5, errors=3)
    result.stdout.fnmatch_lines(["*WARNING a.b: surprise*"])


def test_warnings_and_qt_messages_fail(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import warnings

        from PySide6.QtCore import qWarning

        def test_warns():
            warnings.warn("careful")

        def test_qt():
            qWarning("careful")

        def test_nothing_awaited():
            async def nobody(): ...
            nobody()
        """,
    )
    result.assert_outcomes(failed=3)


def test_leaving_the_machine_fails(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio
        import socket

        import pytest

        from tests.regime.network_guard import LeavesThisMachineError

        @pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8", "10.0.0.1"])
        def test_connect(address):
            with socket.socket() as s, pytest.raises(LeavesThisMachineError):
                s.connect((address, 9))

        def test_datagram():
            with socket.socket(type=socket.SOCK_DGRAM) as s, pytest.raises(LeavesThisMachineError):
                s.sendto(b"", ("224.0.0.251", 5353))

        @pytest.mark.parametrize("name", ["example.invalid", b"example.invalid"])
        def test_look_up(name):
            with pytest.raises(LeavesThisMachineError):
                socket.getaddrinfo(name, 80)

        async def test_asyncio():
            with pytest.raises(LeavesThisMachineError):
                await asyncio.open_connection("example.invalid", 80)

        async def test_loopback():
            server = await asyncio.start_server(lambda r, w: w.close(), "localhost", 0)
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("localhost", port)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
            server.close()
            await server.wait_closed()
        """,
    )
    result.assert_outcomes(passed=8)


def test_a_thread_left_behind_fails(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import threading

        end = threading.Event()

        def test_leaves(request):
            threading.Thread(target=end.wait, name="forgotten").start()

        def test_ends():
            thread = threading.Thread(target=end.wait)
            thread.start()
            end.set()
        """,
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*Threads were left running: forgotten*"])


def test_nothing_of_the_person_is_seen(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    result = run(
        pytester,
        """
        import os
        from pathlib import Path

        def test_environment():
            assert Path.home().name.startswith("desktop-chat-tests-")
            assert "DISPLAY" not in os.environ
            assert "DBUS_SESSION_BUS_ADDRESS" not in os.environ
            assert os.environ["XDG_DATA_HOME"].startswith(str(Path.home()))
        """,
    )
    result.assert_outcomes(passed=1)
