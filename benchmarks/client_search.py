"""Searching a cache of a million messages in many scripts, as the app does: on a thread and a connection of
its own. Writing the cache by the store's own way takes some minutes."""

import asyncio
import random
import statistics
import time
from itertools import islice
from pathlib import Path

from benchmarks.server_process import figure, folder, tell
from benchmarks.writing import CONVERSATIONS, SENDERS, START_MS, STEP_MS, Writing
from desktop_chat.services.searcher import Searcher
from desktop_chat.store import messages, search_index
from desktop_chat.store.database import Database
from desktop_chat.store.search import Filters
from desktop_chat.store.thread import StoreThread

FIGURES_FOLLOW = True

MESSAGES = 1_000_000
_PAGE = 2_000
_ROUNDS = 5
_LIMIT = 50

Query = tuple[str, str, Filters]
"""What kind it is of, the text and the filters."""

_WORDS = {
    "one character": "e t x q z ß 的 了 议 あ ا ك क न İ ı ё 😀 🦄 1 . / # € -",
    "two characters": (
        "th he zz qx xq 0. .2 会议 不是 东京 です 駅 لا في है में st ß. ıs 👍 🇩🇪 ok :/ #4 qq jj 的的"
    ),
    "Chinese": "会议 改安 一是不了 的一 我在有 家十用发 天如然作 说国和地 没公从议午 不了人我在有他这",
    "Japanese": ("ファイル タカ ありがとう とう 東京 日本語 お願いします 駅時間 ですます 見た行く カタカナ"),
    "Arabic": "مرحبا رحب شكرا جزيلا الاجتماع جتم محمد القاهرة مُحَمَّد كتاب",
    "Hindi": "नमस्ते मस् हिन्दी न्दी धन्यवाद लड़का पढ़ाई मिलेंगे क्या ठीक",
    "Turkish": "istanbul İSTANBUL ısı ISI isik ışık IĞDIR ığdır gorusuruz TEŞEKKÜR ılık lıklık",
    "German compounds": (
        "dampfschiff schifffahrt gesellschaft kapitän KAPITÄN mütze versicherung bahnhofstraße "
        "bahnhofstrasse brücke hauptbahnhof rechtsschutz wasserwerk baustelle arbeitszeit "
        "kontoauszug regenschirm festplatz kindergarten dampfschifffahrt lebensmittelgeschäft"
    ),
    "accents": "cafe café CAFÉ naive naïve resume RÉSUMÉ strasse straße größe grosse Grüße елка ёлка",
    "emoji": "😀 😂 ❤️ ❤ 👍 🎉 👩‍💻 👍🏽 🙏🔥 ☕ 🦄🦄 😀😀😀",
    "numbers and marks": (
        "100.200 200.100 .100. 10.0. 10.0.7 7.14 https://ex ?page=3 page=6 #49) +49 (room 0.00 "
        "99.99 1.000 999.999 example.org/12345 :// ... --"
    ),
    "nothing to be found": (
        "zqxj qqqq nosuchword thethethe xyzzy ingandthe 衼嬠之僆此 зщшйц ظظظظ qwertyuiop "
        "123.456.789.0 tomorrowing versicherungsdampf 😀🦄😀🦄 meetingmeeting"
    ),
}
_SENTENCES = (
    "of the", "the meeting", "of the and to", "tomorrow thanks", "to be in", "morgen und heute", "it costs",
    "see https", "he was for", "شكرا جزيلا", "как дела", "बात करते", "danke für die", "yes ok", "a a a",
)  # fmt: skip


def main() -> None:
    """Write, search, and tell."""
    with folder() as (data, quick):
        count = MESSAGES // 20 if quick else MESSAGES
        path = data / "cache.sqlite"
        began = time.perf_counter()
        write(path, count)
        wrote_s = time.perf_counter() - began
        size_bytes = path.stat().st_size
        samples = asyncio.run(_search(path, queries(count)))
    taken = [took for each in samples.values() for took in each]
    middle = {each: statistics.median(took) for each, took in samples.items()}
    slowest = max(middle, key=lambda each: middle[each])
    print(
        *(f"{middle[each]:8.2f} ms  {each}" for each in sorted(middle, key=lambda each: middle[each])[-25:]),
        sep="\n",
    )
    at_first = _percentile([each[0] for each in samples.values()], 99)
    tell(
        [
            figure(f"{len(samples)} queries in {count:,} messages, p50", _percentile(taken, 50), "ms", "≤ 5"),
            figure("p99", _percentile(taken, 99), "ms", "≤ 25", f"of each query's first time {at_first:.1f}"),
            figure("the slowest query, median", middle[slowest], "ms", "–", str(slowest)),
            figure("the cache", size_bytes / count, "B a message", "–"),
            figure("storing and indexing", wrote_s / count * 1e6, "µs a message", "–"),
        ]
    )


def write(path: Path, count: int) -> None:
    """A cache with so many messages, indexed as the app does it behind."""
    database = Database(path)
    everything = Writing().messages(count)
    while page := list(islice(everything, _PAGE)):
        with database.transaction() as connection:
            messages.insert_page(connection, page)
    for some in (search_index.index_some, search_index.tidy_some):
        more = True
        while more:
            with database.transaction() as connection:
                more = some(connection)
    database.close()


def queries(count: int) -> list[Query]:
    """What people search for, and what is hard to search for."""
    chance = random.Random(2)
    made: list[Query] = [(kind, text, Filters()) for kind, texts in _WORDS.items() for text in texts.split()]
    made += [("sentences", text, Filters()) for text in _SENTENCES]
    english = Writing().words["english"].words
    for rank in (0, 1, 2, 5, 10, 20, 50, 100, 200, 400, 1_000, 2_000, 5_000, 10_000, 20_000, 29_000):
        made.append(("whole words", english[rank], Filters()))
        part = english[rank + 300]
        begin = chance.randrange(max(1, len(part) - 4))
        made.append(("parts of words", part[begin : begin + chance.randint(3, 6)], Filters()))
        made.append(("parts of two words", f"{english[rank + 150][-3:]} {part[:2]}", Filters()))
    end_ms = START_MS + count * STEP_MS
    filters = [
        *(Filters((conversation_id,)) for conversation_id in (1, 2, 50, 400, CONVERSATIONS)),
        Filters(tuple(range(100, 140))),
        Filters(tuple(range(1, CONVERSATIONS, 3))),
        Filters(sender_ids=(1,)),
        Filters(sender_ids=(SENDERS - 1,)),
        Filters((2,), (SENDERS - 1,)),
        Filters(has=("link",)),
        Filters(has=("picture",), sender_ids=(3,)),
        Filters(to_ms=START_MS + count // 50 * STEP_MS),
        Filters(from_ms=end_ms - count // 50 * STEP_MS),
        Filters((1,), from_ms=START_MS + count // 3 * STEP_MS, to_ms=START_MS + count // 2 * STEP_MS),
    ]
    for each in filters:
        made += [
            ("with filters", text, each) for text in ("the", "e", "会议", "tomorrow", "strasse", "zqxj", "")
        ]
    return list(dict.fromkeys(made))


async def _search(path: Path, wanted: list[Query]) -> dict[Query, list[float]]:
    """How long each took, each time."""
    database = Database(path)
    searcher = Searcher(database, StoreThread)
    await searcher.search("ready", Filters(), _LIMIT)
    samples: dict[Query, list[float]] = {each: [] for each in wanted}
    chance = random.Random(3)
    for _ in range(_ROUNDS):
        for query in chance.sample(wanted, len(wanted)):
            began = time.perf_counter()
            await searcher.search(query[1], query[2], _LIMIT)
            samples[query].append((time.perf_counter() - began) * 1e3)
    searcher.close()
    database.close()
    return samples


def _percentile(samples: list[float], percent: int) -> float:
    return statistics.quantiles(samples, n=100)[percent - 1]


if __name__ == "__main__":
    main()
