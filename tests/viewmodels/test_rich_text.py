"""What people type is read as simple Markdown, and nothing of it is lost or becomes anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_chat.viewmodels import rich_text
from desktop_chat.viewmodels.rich_text import RichText, Style


def styled(body: str) -> list[tuple[str, str]]:
    rich = rich_text.parse(body)
    return [(each.style.value, rich.text[each.start : each.end]) for each in rich.spans]


@pytest.mark.parametrize(
    ("body", "text", "styles"),
    [
        ("**bold** and *italic*", "bold and italic", [("bold", "bold"), ("italic", "italic")]),
        ("__bold__ ~~gone~~", "bold gone", [("bold", "bold"), ("strike", "gone")]),
        ("run `make test` now", "run make test now", [("code", "make test")]),
        ("***both***", "both", [("bold", "both"), ("italic", "both")]),
        ("`**not bold**`", "**not bold**", [("code", "**not bold**")]),
        ("```\na *b*\n  c\n```", "a *b*\u2028  c", [("block", "a *b*\u2028  c")]),
        ("```python\nx = 1\n```\nafter", "x = 1\u2028after", [("block", "x = 1")]),
        ("> said\n> twice\nanswer", "said\u2028twice\u2028answer", [("quote", "said\u2028twice")]),
        ("see [here](https://a.example/x)", "see here", [("link", "here")]),
        ("**at https://a.b/_c_ now**", "at https://a.b/_c_ now", [("bold", "at https://a.b/_c_ now")]),
        ("(*really*), _yes_!", "(really), yes!", [("italic", "really"), ("italic", "yes")]),
        ("`a*b*c` and `https://x.y/*`", "a*b*c and https://x.y/*", [("code", "a*b*c"), ("code", "https://x.y/*")]),
    ],
)  # fmt: skip
def test_markup_becomes_style(body: str, text: str, styles: list[tuple[str, str]]) -> None:
    assert rich_text.parse(body).text == text
    assert sorted(styled(body)) == sorted(styles)


@pytest.mark.parametrize(
    "body",
    [
        "snake_case_name and 2 * 3 * 4 = 24",
        "<b>bold</b> &amp; <script>",
        "# no heading\n- no list\n1. no list",
        "two  blanks   and\ttabs",
        "C:\\path\\*.txt",
        "`not closed",
        "**not closed",
        "```\nnot closed",
        "[words](javascript:alert(1))",
        "a > b",
        "https://docs.example.org/api/__init__/_private_.html",
        "https://a.b/x*y*z and *",
        "2*3*4=24",
        "¯\\_(ツ)_/¯",
        "file_*.txt and other_*.txt",
        "__init__.py and __main__.py",
        ">_< ouch",
        ">:(",
        "*" * 500 + "a" + "*" * 500,
        "  indented\n\n\nand apart  ",
    ],
)
def test_what_is_no_markup_stays_as_it_was_typed(body: str) -> None:
    rich = rich_text.parse(body)
    assert rich == RichText(body.replace("\n", "\u2028"))


def test_a_link_keeps_where_it_goes() -> None:
    [span] = rich_text.parse("[bank.example](https://evil.example/)").spans
    assert (span.style, span.url) == (Style.LINK, "https://evil.example/")


@given(st.text(alphabet="ab*_~`>[]()! \nht:/p.s\u202e\x00", max_size=60))
def test_any_text_can_be_read(body: str) -> None:
    rich = rich_text.parse(body)
    assert all(0 <= each.start < each.end <= len(rich.text) for each in rich.spans)
    left = [mark for mark in body if mark in "ab"]
    assert (
        [mark for mark in rich.text if mark in "ab"][: len(left)] == left or "](http" in body or "```" in body
    )
    assert "\n" not in rich.text
    assert "\x00" not in rich.text


@pytest.mark.parametrize("part", ["*a **b ", "[", "`", "> ", "~~a", "_a*", "```\n", "[a](https://"])
def test_no_text_takes_long_to_read(part: str) -> None:
    # As long as a message may be; what is quadratic would take minutes here.
    rich_text.parse(part * (16_000 // len(part)))
