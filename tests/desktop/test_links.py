"""Links from outside: what they mean, and what means nothing."""

import pytest

from desktop_chat.desktop.links import ConversationLink, JoinLink, LinkError, parse
from desktop_chat.language import END, ISOLATE

FINGERPRINT = "ab" * 32


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("desktop-chat://join/127.0.0.1:8765", JoinLink("127.0.0.1:8765")),
        ("DESKTOP-CHAT://join/example.org", JoinLink("example.org")),
        ("desktop-chat://join/[::1]:8765/", JoinLink("[::1]:8765")),
        ("desktop-chat://join/example.org:443/chat", JoinLink("example.org:443/chat")),
        (
            f"desktop-chat://join/10.0.0.5:8765?name=ann.lee&invite=a-Z_9#sha256={FINGERPRINT}",
            JoinLink(f"10.0.0.5:8765#sha256={FINGERPRINT}", "ann.lee", "a-Z_9"),
        ),
        ("desktop-chat://join/example.org?name=%E7%8E%8B&other=1", JoinLink("example.org", "王")),
        ("desktop-chat://conversation/17", ConversationLink(17)),
        ("desktop-chat://conversation/17/4", ConversationLink(17, 4)),
    ],
)
def test_what_links_mean(text: str, link: object) -> None:
    assert parse(text) == link


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org",
        "desktop-chat:",
        "desktop-chat://",
        "desktop-chat://quit",
        "desktop-chat://join",
        "desktop-chat://join/",
        "desktop-chat://join/ws://example.org",
        "desktop-chat://join//example.org",
        "desktop-chat://join/user:password@example.org",
        "desktop-chat://join/example.org:99999",
        "desktop-chat://join/example.org#sha256=12",
        "desktop-chat://join/example.org?name=%00",
        "desktop-chat://join/example.org?name=%FF",
        "desktop-chat://join/example.org?name=" + "a" * 33,
        "desktop-chat://join/example.org?invite=%3Cb%3E",
        "desktop-chat://join/example.org?invite=" + "a" * 65,
        "desktop-chat://join/example.org?" + "a=1&" * 20,
        "desktop-chat://join/[bad",
        "desktop-chat://join/exa\nmple.org",
        "desktop-chat://join/exa mple.org",
        "desktop-chat://conversation/",
        "desktop-chat://conversation/0",
        "desktop-chat://conversation/-1",
        "desktop-chat://conversation/٣",
        "desktop-chat://conversation/1/2/3",
        "desktop-chat://conversation/9999999999999999",
        "desktop-chat://conversation/1?send=hello",
        "desktop-chat://join/" + "a" * 3000,
    ],
)
def test_what_means_nothing_is_said_in_words(text: str) -> None:
    with pytest.raises(LinkError) as raised:
        parse(text)
    assert str(raised.value).translate({ord(ISOLATE): None, ord(END): None}).isprintable()
    assert len(str(raised.value)) < 250
