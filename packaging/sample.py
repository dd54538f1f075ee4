"""A living sample: a dozen people, what they are called, and half a year of what they said to each other.

The same seed gives the same months. Nothing here is anybody's: names and texts are made up.
"""

import random
from collections.abc import Iterator

from msgspec import Struct

DAY_MS = 24 * 60 * 60 * 1000
MINUTE_MS = 60 * 1000


class Person(Struct, frozen=True):
    """Somebody with an account. ``tongue`` names the phrases this person uses."""

    user_name: str
    display_name: str
    tongue: str


class Line(Struct, frozen=True):
    """One message: between whom, who says it, when, what."""

    one: str
    other: str
    sender: str
    sent_at_ms: int
    text: str


ALICE = Person("alice", "Alice Example", "en")
BOB = Person("bob", "Bob Miller", "en")
OTHERS = (
    Person("clara", "Clara Novák", "cs"),
    Person("xiaoming", "王小明", "zh"),
    Person("mohammed", "محمد علي", "ar"),
    Person("eva", "Eva Lindqvist", "sv"),
    Person("dmitri", "Дмитрий Орлов", "ru"),
    Person("yuki", "佐藤 由紀", "ja"),
    Person("noa", "נועה לוי", "he"),
    Person("ravi", "रवि शर्मा", "hi"),
    Person("jose", "José Álvarez", "es"),
    Person("minjun", "김민준", "ko"),
    Person("ada", "Ada Lovelace 🧮", "en"),
)
PEOPLE = (ALICE, BOB, *OTHERS)

PHRASES = {
    "en": (
        "Morning! Did the build finish?",
        "I would love to show it to the group today 🙂",
        "Smooth. 100 messages and 100,000 messages cost the same per frame.",
        "Notes are here: https://example.org/notes?rev=7",
        "Can you have a look when you have a minute?",
        "Sure, I will bring the laptop.",
        "😍",
        """That is a longer story. The short version: it worked on the third try, after we had taken the cable
out, put it back in, and apologised to the printer.""",
        "Perfect, see you then 👋",
        "Lunch?",
        "👍",
        "Who has the key to the small room?",
        "Two things:\n1. the poster needs a date\n2. somebody has to order coffee",
        "Nice work 🎉🎉",
        "I read it on the train. Chapter three is the best one so far.",
        "Thanks!",
        "Let us keep it simple.",
        "The photos from the trip are on the shelf drive 📷",
        "Running ten minutes late, sorry",
        "def answer() -> int:\n    return 42",
    ),
    "cs": ("Ahoj! Jak se máš?", "Fotky z výletu jsou hotové 📷", "Uvidíme se ve středu?", "Díky moc!"),
    "zh": (
        "早上好!",
        "明天的会议改到下午三点",
        "好的,没问题 👌",
        "文件在这里:https://example.org/文档",
        "谢谢!",
    ),
    "ar": ("صباح الخير", "شكرا جزيلا لك", "هل نلتقي غدا الساعة 10؟", "تمام 👍", "المستند جاهز"),
    "sv": ("Hej! Är du kvar på kontoret?", "Fika klockan tre ☕", "Självklart 😊", "Vi ses på måndag"),
    "ru": ("Доброе утро!", "Ход: e4 e5 ♞", "Я закончил черновик, посмотри, пожалуйста.", "Спасибо 🙏"),
    "ja": ("おはようございます", "会議の資料を送りました。", "了解です!", "お疲れさまでした 🍵"),
    "he": ("בוקר טוב", "נפגש מחר ב־10:00?", "תודה רבה 🙏", "הקובץ מוכן"),
    "hi": ("नमस्ते!", "रिपोर्ट भेज दी है", "कल मिलते हैं 👋", "धन्यवाद"),
    "es": ("¡Buenos días!", "¿Vamos a comer a las dos?", "Qué bueno 🎉", "Te mando el enlace luego"),
    "ko": ("안녕하세요!", "회의는 오후 3시입니다.", "네, 알겠습니다 👍", "감사합니다"),
}

LAST_WORDS = (
    # From whom, to whom, how many minutes ago, what: what the lists show when the windows open.
    ("bob", "alice", 38, "Morning! Did the prototype build finish?"),
    ("alice", "bob", 36, "Yes. One folder, starts in under half a second."),
    ("alice", "bob", 35, "Notes are here: https://example.org/spike/notes?rev=7"),
    ("bob", "alice", 22, "Nice work 🎉🎉 How does it feel with the long history?"),
    ("alice", "bob", 20, "你好世界 · مرحبا · Привет · שלום 👩‍💻👍🏽🇩🇪"),
    ("bob", "alice", 12, "😍"),
    ("alice", "bob", 9, "Shall we meet at 18:00 for the demo?"),
    ("clara", "alice", 7, "Fotky z výletu jsou hotové 📷"),
    ("mohammed", "alice", 5, "شكرا جزيلا لك"),
    ("xiaoming", "bob", 4, "明天的会议改到下午三点"),
    ("eva", "bob", 3, "Fika klockan tre ☕"),
)


GROUP_TITLE = "Reading circle"
GROUP = ("bob", "alice", "clara", "eva", "ada")
"""Who is in it; the first made it."""
GROUP_LINES = (
    # From whom, how many minutes ago, what.
    ("bob", 130, "Welcome! We meet on Thursdays, 19:30, in the small room."),
    ("clara", 126, "Which book is first?"),
    ("ada", 124, "Something short, please. I read on the train 🚆"),
    ("eva", 119, "Then the one about the lighthouse. Two hundred pages."),
    ("alice", 116, "Good choice 👍"),
    ("bob", 8, "Chapters one to four until Thursday, then."),
    ("clara", 6, "I will bring cake."),
)


def lines(now_ms: int, months: int = 6, seed: int = 7) -> Iterator[Line]:
    """Everything that was said, in the order of time, some thousand lines up to ``now_ms``."""
    chance = random.Random(seed)
    said: list[Line] = []
    for one in (ALICE, BOB):
        for other in PEOPLE:
            if other is one or (one is BOB and other is ALICE):
                continue
            said.extend(_months(chance, one, other, now_ms, months))
    said.extend(
        Line(sender, receiver, sender, now_ms - ago * MINUTE_MS, text)
        for sender, receiver, ago, text in LAST_WORDS
    )
    said.extend(
        Line("alice", "alice", "alice", now_ms - (3 - n) * DAY_MS, text)
        for n, text in enumerate(("Book the room", "Milk, bread, two lemons", "Ask Bob about the laptop"))
    )
    return iter(sorted(said, key=lambda line: line.sent_at_ms))


def _months(chance: random.Random, one: Person, other: Person, now_ms: int, months: int) -> Iterator[Line]:
    """Some talks on some days between two people."""
    talks = chance.choice((6, 10, 14, 40)) if other is not BOB else 120
    for _ in range(talks):
        at_ms = now_ms - int(chance.uniform(0.2, months * 30) * DAY_MS)
        for _ in range(chance.randint(3, 14)):
            speaker = chance.choice((one, other))
            tongue = other.tongue if chance.random() < 0.7 else "en"
            yield Line(
                one.user_name,
                other.user_name,
                speaker.user_name,
                at_ms,
                chance.choice(PHRASES[tongue]),
            )
            at_ms += int(chance.uniform(0.1, 4) * MINUTE_MS)
