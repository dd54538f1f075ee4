"""What people of many languages write to each other, made up: as many messages as wanted, the same each time.

Words come as often as in real speech, a few all the time and most hardly ever (Zipf), as what a search costs
hangs on how often its letters come.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate

from desktop_chat.core import attachments
from desktop_chat.protocol.records import Content, Message

CONVERSATIONS = 2_000
SENDERS = 300
START_MS = 1_500_000_000_000
STEP_MS = 200_000
_ENGLISH = (
    "the of and to a in is you that it he was for on are as with his they I at be this have "
    "from or one had by word but not what all were we when your can said there use an each "
    "which she do how their if will up other about out many then them these so some her would "
    "make like him into time has look two more write go see number no way could people my than "
    "first water been call who oil its now find long down day did get come made may part "
    "tomorrow meeting thanks yes ok sorry please maybe lunch train station café naïve résumé"
)
_GERMAN = (
    "ich wir nicht und die das ist morgen heute danke bitte für über straße größe schön Grüße "
    "müssen können wo wann"
)
_STEMS = (
    "dampf schiff fahrt gesell schaft kapitän mütze rechts schutz versicherung haupt bahnhof "
    "straße brücke wasser werk bau stelle arbeits zeit konto auszug lebens mittel geschäft "
    "kinder garten fest platz regen schirm"
)
_TURKISH = (
    "İstanbul ısı ışık şimdi değil güzel iyi çok bir ılık Iğdır kapı yarın görüşürüz "
    "TEŞEKKÜRLER için nasılsın"
)
_HINDI = "नमस्ते आप कैसे हैं मैं ठीक हूँ धन्यवाद हिन्दी में बात करते कल मिलेंगे यह क्या है नहीं अच्छा समय लड़का पढ़ाई"
_ARABIC = (
    "مرحبا كيف حالك شكرا جزيلا غدا الاجتماع في الساعة نعم لا من إلى على هذا أنا أنت القاهرة جديد مُحَمَّد كتاب"
)
_RUSSIAN = "привет как дела спасибо завтра встреча хорошо нет да это что ёлка очень можно сегодня дом работа"
_JAPANESE = (
    "ファイル 明日 会議 です ます ありがとう 東京 駅 時間 お願いします これ それ カタカナ 見た 行く 食べる "
    "日本語 は が を に"
)
_CHINESE = (
    "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十"
    "用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从议午点改安"
)
_EMOJI = "😀 😂 ❤️ 👍 🎉 👩‍💻 🇩🇪 👍🏽 🙏 🔥 ☕ 🦄"
_ONSETS = ("b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "k", "st", "tr")
_KINDS = (
    "english",
    "german",
    "chinese",
    "japanese",
    "arabic",
    "hindi",
    "turkish",
    "russian",
    "emoji",
    "numbers",
)
_SHARES = (56, 12, 8, 5, 4, 4, 3, 3, 3, 2)


class _Words:
    """Words drawn by rank: the first twice as often as the second."""

    def __init__(self, words: str, more: Sequence[str]) -> None:
        self.words = [*(words.split() if " " in words else words), *more]
        self._weights = list(accumulate(1 / (rank + 2) for rank in range(len(self.words))))

    def drawn(self, chance: random.Random, most: int) -> list[str]:
        """Some of them, few more often than many."""
        count = min(most, 1 + int(chance.expovariate(2.5 / most)))
        return chance.choices(self.words, cum_weights=self._weights, k=count)


class Writing:
    """Who writes what."""

    def __init__(self, seed: int = 1) -> None:
        chance = self._chance = random.Random(seed)

        def joined(parts: Sequence[str], count: int, least: int, most: int) -> list[str]:
            return ["".join(chance.choices(parts, k=chance.randint(least, most))) for _ in range(count)]

        made = joined([a + b + c for a in _ONSETS for b in "aeiou" for c in "nrslt"], 30_000, 1, 4)
        rare = [chr(code) for code in chance.sample(range(0x4E00, 0x9F00), 3_000)]
        self.words = {
            "english": _Words(_ENGLISH, made),
            "german": _Words(
                _GERMAN, [*map(str.capitalize, joined(_STEMS.split(), 8_000, 2, 4)), *made[:500]]
            ),
            "chinese": _Words(_CHINESE, rare),
            "japanese": _Words(_JAPANESE, joined(_CHINESE, 5_000, 2, 2)),
            "arabic": _Words(_ARABIC, joined("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", 8_000, 4, 6)),
            "hindi": _Words(_HINDI, joined("कखगघचजटडतदनपबमयरलवसहिीुे", 3_000, 3, 5)),
            "turkish": _Words(_TURKISH, [each.replace("i", "ı") + "lık" for each in made[:3_000]]),
            "russian": _Words(_RUSSIAN, joined("абвгдежзиклмнопрстуфхцчшыэюя", 9_000, 4, 8)),
            "emoji": _Words(_EMOJI, made[:200]),
        }

    def text(self) -> str:
        """What somebody writes."""
        chance = self._chance
        [kind] = chance.choices(_KINDS, _SHARES)
        if kind == "numbers":
            number = chance.randint(0, 999_999)
            return chance.choice(
                (
                    f"{number // 1000}.{number % 1000:03}",
                    f"it costs {number / 100:.2f} € at 10.0.{number % 256}.{number % 199}",
                    f"see https://example.org/{number}?page={number % 7}",
                    f"+49 30 {number} (room #{number % 50})",
                )
            )
        drawn = self.words[kind].drawn(chance, 40 if kind == "chinese" else 20)
        return ("" if kind in ("chinese", "japanese") else " ").join(drawn)

    def content(self) -> Content:
        """A text, or now and then a file with a caption."""
        chance = self._chance
        if chance.random() > 0.03:
            return Content("text", self.text())
        number = chance.randint(0, 99_999)
        file = attachments.Attachment(f"scan-{number}.pdf", number, media_type="application/pdf")
        if number % 2:
            file = attachments.Attachment(f"IMG_{number}.jpg", number, "", "image/jpeg", 40, 30)
        body = attachments.FileBody((file,), self.text() if number % 3 else "")
        return Content(body.kind, attachments.encode(body))

    def messages(self, count: int, conversations: int = CONVERSATIONS) -> Iterator[Message]:
        """Messages as the server numbers them, a few conversations livelier than all the others."""
        chance = self._chance
        lively = list(accumulate(1 / (rank + 5) for rank in range(conversations)))
        seqs = [0] * (conversations + 1)
        ids = range(1, conversations + 1)
        for number in range(1, count + 1):
            [conversation_id] = chance.choices(ids, cum_weights=lively)
            seqs[conversation_id] += 1
            sender_id = 1 + int(chance.random() ** 2 * SENDERS)
            yield Message(
                conversation_id,
                seqs[conversation_id],
                number,
                sender_id,
                f"{number:032x}",
                START_MS + number * STEP_MS,
                self.content(),
            )
