"""What a search finds: the same as looking at every message, whatever is indexed yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_chat.core.attachments import Attachment, FileBody, encode, searched
from desktop_chat.core.folding import fold
from desktop_chat.protocol import records
from desktop_chat.store import messages, search_index
from desktop_chat.store.database import IN_MEMORY, Database, StoreError
from desktop_chat.store.search import Filters, search

DAY_MS = 86_400_000
TALKS = (10, 11)


class Cache:
    """A cache, and beside it all that is in it."""

    def __init__(self, path: Path = IN_MEMORY) -> None:
        self.database = Database(path)
        self.logs: dict[int, list[records.Message]] = {talk: [] for talk in TALKS}
        self.count = 0

    def hear(
        self, content: records.Content, talk: int = TALKS[0], sender_id: int = 2, late_ms: int = 0
    ) -> None:
        self.count += 1
        log = self.logs[talk]
        sent_at_ms = self.count * DAY_MS // 3 - late_ms
        message = records.Message(
            talk, self.count, self.count, sender_id, f"{self.count:032x}", sent_at_ms, content
        )
        log.append(message)
        with self.database.transaction() as connection:
            messages.insert_stored(connection, message)

    def say(self, *texts: str) -> None:
        for text in texts:
            self.hear(records.Content("text", text))

    def change(self, talk: int, at: int, content: records.Content | None) -> None:
        """An edit, or with None a deletion."""
        before = self.logs[talk][at]
        row = messages.by_seq(self.database.writer, talk, before.seq)
        if row is not None:
            after = records.Message(
                talk, before.seq, before.message_id, before.sender_id, before.client_id, before.sent_at_ms,
                content, changed_seq=99, deleted=content is None,
            )  # fmt: skip
            self.logs[talk][at] = after
            with self.database.transaction() as connection:
                messages.change(connection, row, after)

    def expire(self, talk: int, first_seq: int) -> None:
        with self.database.transaction() as connection:
            messages.expire(connection, talk, first_seq)
        self.logs[talk] = [each for each in self.logs[talk] if each.seq >= first_seq]

    def index(self) -> None:
        """As much as is done behind everything else."""
        for some in (search_index.index_some, search_index.tidy_some):
            more = True
            while more:
                with self.database.transaction() as connection:
                    more = some(connection)

    def found(self, text: str, filters: Filters | None = None, limit: int = 100) -> list[str]:
        hits = search(self.database.writer, text, filters or Filters(), limit)
        return [hit.message.body for hit in hits]

    def looked_up(self, text: str, filters: Filters, limit: int) -> list[int]:
        """What ``found`` has to find, by looking at everything."""
        everything = sorted(
            (each for log in self.logs.values() for each in log), key=lambda each: -each.message_id
        )
        wanted = fold(text.strip())
        if not wanted and filters == Filters():
            return []
        return [
            each.message_id
            for each in everything
            if each.content is not None
            and wanted in fold(searched(each.content.kind, each.content.body))
            and _passes(each, each.content, filters)
        ][:limit]


def _passes(message: records.Message, content: records.Content, filters: Filters) -> bool:
    has = {
        "link": "http://" in content.body.lower() or "https://" in content.body.lower(),
        "file": content.kind != "text",
        "picture": content.kind == "picture" or (content.kind == "file" and '"image/' in content.body),
    }
    return (
        (filters.conversation_ids is None or message.conversation_id in filters.conversation_ids)
        and (filters.sender_ids is None or message.sender_id in filters.sender_ids)
        and all(has[each] for each in filters.has)
        and (filters.from_ms is None or message.sent_at_ms >= filters.from_ms)
        and (filters.to_ms is None or message.sent_at_ms < filters.to_ms)
    )


def file(name: str, caption: str = "", media_type: str = "application/pdf") -> records.Content:
    side = 9 if media_type.startswith("image/") else 0
    body = FileBody((Attachment(name, 1, "", media_type, side, side),), caption)
    return records.Content(body.kind, encode(body))


@pytest.fixture(params=["indexed", "unindexed", "both"])
def cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cache]:
    """A cache of which all, nothing or a part is indexed when it is searched."""
    cache = Cache()
    monkeypatch.setattr(
        search_index, "LEFT_ALONE", {"indexed": 0, "unindexed": 1000, "both": 3}[request.param]
    )
    monkeypatch.setattr(search_index, "_INDEXED_AT_ONCE", 2)
    yield cache
    cache.database.close()


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("The beginning, a middle, the end", "middle"),
        ("The beginning, a middle, the end", "iddl"),
        ("The beginning, a middle, the end", "g, a m"),
        ("The beginning, a middle, the end", "the beginning, a middle, the end"),
        ("quartz", "q"),
        ("quartz", "tz"),
        ("z", "z"),
        ("明天的会议改到下午三点", "议"),
        ("明天的会议改到下午三点", "会议"),
        ("明天的会议改到下午三点", "会议改到"),
        ("ファイル名を見た", "名"),
        ("ファイル名を見た", "ﾌｧｲﾙ"),
        ("شكرًا جزيلًا", "شكرا"),
        ("شكرا جزيلا", "زي"),
        ("हिन्दी में बात", "हिन्दी"),
        ("हिन्दी में बात", "में"),
        ("Donaudampfschifffahrtsgesellschaft", "dampfschiff"),
        ("Donaudampfschifffahrtsgesellschaft", "FAHRTSGESELL"),
        ("İstanbul'da ışık", "istanbul"),
        ("İstanbul'da ışık", "IŞIK"),
        ("ISPARTA", "ısparta"),
        ("Mein Résumé", "resume"),
        ("resume", "résumé"),
        ("Straße", "STRASSE"),
        ("🦄 and 👩‍💻", "🦄"),
        ("🦄 and 👩‍💻", "👩‍💻"),
        ("I ❤ you", "❤️"),
        ("it is at 100.200 now", "100.200"),
        ("it is at 100.200 now", "0.2"),
        ("it is at 100.200 now", "."),
        ('say "AND" OR* (x)', '"AND" OR*'),
        ('say "AND" OR* (x)', '"'),
        ("null\0character", "l\0c"),
        ("X marks capital XX", "xx"),
    ],
)
def test_it_finds(cache: Cache, body: str, query: str) -> None:
    cache.say("nothing of it 1", body, "nothing of it 2", "nothing of it 3")
    cache.index()
    assert cache.found(query)[:1] == [body]
    assert len(cache.found(query)) == 1 or query in ("the", ".")


def test_it_does_not_find_letters_in_another_order(cache: Cache) -> None:
    cache.say("abcbc", "bcabc", "cab", "ca")
    cache.index()
    assert cache.found("bcbc") == ["abcbc"]
    assert cache.found("bcab") == ["bcabc"]
    assert cache.found("cc") == cache.found("in:1") == cache.found("from:2") == cache.found("abcabc") == []


def test_filters_without_words(cache: Cache) -> None:
    cache.say("one", "see HTTPS://example.org", "two")
    cache.hear(file("a.pdf"), TALKS[1], sender_id=3)
    cache.hear(file("b.png", "look", "image/png"))
    cache.index()
    assert len(cache.found("", Filters((TALKS[0],)))) == 4
    assert cache.found("", Filters(has=("link",))) == ["see HTTPS://example.org"]
    assert len(cache.found("", Filters(has=("file",)))) == 2
    assert (
        len(cache.found("", Filters(sender_ids=(3,)))) == len(cache.found("", Filters(has=("picture",)))) == 1
    )
    assert cache.found("", Filters(to_ms=DAY_MS // 2)) == ["one"]
    assert cache.found("look", Filters(())) == cache.found("", Filters(sender_ids=())) == []


def test_as_many_places_as_anybody_may_mean(cache: Cache) -> None:
    cache.say("one", "two", "three")
    cache.index()
    assert cache.found("o", Filters(tuple(range(500)))) == ["two", "one"]
    assert cache.found("", Filters(tuple(range(500)), tuple(range(1000)))) == ["three", "two", "one"]
    assert cache.found("o", Filters(tuple(range(11, 500)))) == []


def test_what_is_edited_deleted_or_gone_with_its_time(cache: Cache) -> None:
    cache.say(*(f"lighthouse {number}" for number in range(8)))
    cache.index()
    cache.change(TALKS[0], 2, records.Content("text", "windmill"))
    cache.change(TALKS[0], 3, None)
    cache.expire(TALKS[0], 2)
    assert cache.found("lighthouse") == [f"lighthouse {number}" for number in (7, 6, 5, 4, 1)]
    cache.index()
    assert cache.found("lighthouse") == [f"lighthouse {number}" for number in (7, 6, 5, 4, 1)]
    assert cache.found("mill") == ["windmill"]
    cache.say("lighthouse again")
    assert cache.found("lighthouse", limit=2) == ["lighthouse again", "lighthouse 7"]


_TEXT = st.text(alphabet="aab .éßİı会议हि😀\0X\"'", max_size=12)
_CONTENT = st.one_of(
    st.builds(records.Content, st.just("text"), _TEXT),
    st.builds(file, st.sampled_from(["a.pdf", "éa.b"]), _TEXT, st.sampled_from(["image/png", "text/plain"])),
    st.just(records.Content("text", "https://a.b")),
)
_TALK = st.sampled_from(TALKS)
_DO = st.one_of(
    st.tuples(st.just("hear"), _CONTENT, _TALK, st.integers(1, 3), st.integers(0, DAY_MS - 1)),
    st.tuples(st.just("change"), _TALK, st.integers(0, 9), st.none() | _CONTENT),
    st.tuples(st.just("expire"), _TALK, st.integers(1, 4)),
    st.tuples(st.just("index")),
)
_MS = st.none() | st.integers(-2 * DAY_MS, 12 * DAY_MS)
_IDS = st.lists(st.integers(1, 12), max_size=3, unique=True).map(tuple)
_FILTERS = st.builds(
    Filters,
    st.none() | st.sampled_from([(10,), (11,), (10, 11), (), tuple(range(11, 100))]),
    st.none() | _IDS,
    st.lists(st.sampled_from(["link", "file", "picture"]), max_size=2, unique=True).map(tuple),
    _MS,
    _MS,
)
_QUERY = st.tuples(_TEXT, st.just(Filters()) | _FILTERS, st.integers(1, 8))


@given(st.lists(_DO, max_size=25), st.lists(_QUERY, min_size=1, max_size=8), st.integers(0, 4))
@settings(deadline=None)
def test_it_finds_what_looking_at_everything_finds(
    done: list[tuple[object, ...]], asked: list[tuple[str, Filters, int]], left_alone: int
) -> None:
    cache = Cache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_index, "LEFT_ALONE", left_alone)
        patch.setattr(search_index, "_INDEXED_AT_ONCE", 3)
        for name, *arguments in done:
            if name == "change" and not len(cache.logs[arguments[0]]) > arguments[1]:  # type: ignore[index,operator]
                continue
            getattr(cache, str(name))(*arguments)
        texts = [searched(each.content.kind, each.content.body)
                 for log in cache.logs.values() for each in log if each.content]  # fmt: skip
        parts = [
            (text[at : at + size], Filters(), 9) for text in texts for at in (0, 1, 3) for size in (1, 2, 5)
        ]
        for text, filters, limit in (*asked, *parts):
            hits = search(cache.database.writer, text, filters, limit)
            assert [hit.message.message_id for hit in hits] == cache.looked_up(text, filters, limit), text
    cache.database.close()


def test_an_interrupted_search_holds_on_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it was: what is stored after it is found by the next."""
    monkeypatch.setattr(search_index, "LEFT_ALONE", 20)
    cache = Cache(tmp_path / "cache.db")
    cache.say(*(f"lighthouse {number}" for number in range(60)))
    cache.index()
    reader = cache.database.open_reader()
    interrupted = 0
    for at in range(0, 400, 9):
        calls = iter(range(10**6))

        def interrupt(calls: Iterator[int] = calls, at: int = at) -> int:
            if next(calls) == at:
                reader.interrupt()
            return 0

        reader.set_progress_handler(interrupt, 5)
        try:
            search(reader, "lighthouse", Filters(), 1000)
        except StoreError:
            interrupted += 1
        reader.set_progress_handler(None, 0)
        assert not reader.in_transaction
        cache.say(f"lighthouse again {at}")
        assert search(reader, "lighthouse", Filters(), 1)[0].message.body == f"lighthouse again {at}"
    assert interrupted > 20
    cache.database.close_reader(reader)
    cache.database.close()


def test_an_older_cache_is_indexed_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is searched at once, and what the older version had is let go of."""
    cache = Cache(tmp_path / "cache.db")
    cache.say(*(f"lighthouse {number}" for number in range(40)))
    writer = cache.database.writer
    cache.index()  # lets go of what older versions had
    writer.executescript(
        "DROP TABLE message_gram; DROP TABLE unindexed;"
        "CREATE VIRTUAL TABLE message_text USING fts5 (folded, content='', tokenize='trigram');"
        "CREATE VIRTUAL TABLE message_mark USING fts5 (marks, content='', detail=none, tokenize='ascii');"
        "INSERT INTO message_text (rowid, folded) VALUES (1, 'lighthouse');"
        "ALTER TABLE conversation DROP COLUMN preview_seq;"
        "PRAGMA user_version=6"
    )
    cache.database.close()
    cache.database = Database(tmp_path / "cache.db")
    monkeypatch.setattr(search_index, "LEFT_ALONE", 10)
    monkeypatch.setattr(search_index, "_INDEXED_AT_ONCE", 10)
    assert len(cache.found("light")) == 40
    cache.index()
    assert len(cache.found("light")) == 40
    names = {name for (name,) in cache.database.writer.execute("SELECT name FROM sqlite_master")}
    assert not any(name.startswith(("message_text", "message_mark")) for name in names)
    assert cache.database.writer.execute("SELECT count(*) FROM unindexed").fetchone() == (10,)
    cache.database.close()


def test_the_pieces_of_the_index_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "LEFT_ALONE", 0)
    monkeypatch.setattr(search_index, "_INDEXED_AT_ONCE", 5)
    cache = Cache()
    cache.say(*(f"lighthouse {number}" for number in range(30)))
    cache.index()
    pieces = cache.database.writer.execute("SELECT count(DISTINCT segid) FROM message_gram_idx").fetchone()
    assert pieces == (1,)
    assert len(cache.found("light")) == 30
    cache.database.close()
