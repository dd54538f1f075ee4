"""Which ways of listening there are, and which settings exclude each other."""

from pathlib import Path

import pytest

from server.arguments import parse
from server.config import Config, ConfigError, from_environment


@pytest.mark.parametrize(
    ("settings", "tls"),
    [
        ({}, False),
        ({"tls": True}, True),
        ({"host": "::1"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "::"}, True),
        ({"host": "example.org"}, True),
        ({"host": "0.0.0.0", "behind_proxy": True}, False),
        ({"tls_cert": Path("c"), "tls_key": Path("k")}, True),
    ],
)
def test_nothing_leaves_this_computer_in_the_clear_but_to_a_proxy(
    settings: dict[str, object], tls: bool
) -> None:
    assert Config(data=Path("x"), **settings).speaks_tls is tls  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    [
        {"tls_cert": Path("c")},
        {"tls_key": Path("k")},
        {"tls": True, "behind_proxy": True},
        {"tls_cert": Path("c"), "tls_key": Path("k"), "behind_proxy": True},
        {"log_format": "xml"},
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Config(data=Path("x"), **settings)  # type: ignore[arg-type]


def test_arguments_win_over_the_environment() -> None:
    environment = {
        "DESKTOP_CHAT_SERVER_DATA": "/d",
        "DESKTOP_CHAT_SERVER_TLS_CERT": "/c",
        "DESKTOP_CHAT_SERVER_TLS_KEY": "/k",
        "DESKTOP_CHAT_SERVER_METRICS_TOKEN": "sesame",
        "DESKTOP_CHAT_SERVER_LOG_FORMAT": "json",
    }
    assert from_environment(environment)["tls_cert"] == Path("/c")
    config = parse(["serve", "--log-format", "text", "--tls-key", "/other"], environment)
    assert isinstance(config, Config)
    assert (config.log_format, config.tls_cert, config.tls_key) == ("text", Path("/c"), Path("/other"))
    assert config.metrics_token == "sesame"
    assert "sesame" not in repr(config)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf"])
def test_a_limit_is_a_number_above_0(text: str) -> None:
    with pytest.raises(ConfigError, match="drain_timeout_s"):
        from_environment({"DESKTOP_CHAT_SERVER_DRAIN_TIMEOUT_S": text})
