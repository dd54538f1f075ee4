"""Times in words, in the person's locale. Pure: the present is handed in as ``now_ms``."""

import time
from datetime import date

from PySide6.QtCore import QDate, QDateTime, QLocale

from desktop_chat.language import tr, trc, trn


def wall_clock_ms() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def local_date(at_ms: int) -> QDate:
    """The calendar day of a moment where this computer stands."""
    return QDateTime.fromMSecsSinceEpoch(at_ms).date()


def day_start_ms(day: date, days_later: int = 0) -> int:
    """When a calendar day begins where this computer stands, or one some days later."""
    start = QDate(day.year, day.month, day.day).addDays(days_later).startOfDay()
    return int(start.toMSecsSinceEpoch())


def clock(at_ms: int, locale: QLocale | None = None) -> str:
    """The time of day, "14:32"."""
    locale = locale or QLocale()
    return locale.toString(QDateTime.fromMSecsSinceEpoch(at_ms).time(), QLocale.FormatType.ShortFormat)


def list_time(at_ms: int, now_ms: int, locale: QLocale | None = None) -> str:
    """As short as a list allows: "14:32", "Yesterday", "Sat", "14 Nov", "14/11/2025"."""
    if at_ms <= 0:
        return ""
    locale = locale or QLocale()
    day, today = local_date(at_ms), local_date(now_ms)
    days = day.daysTo(today)
    if days <= 0:
        return clock(at_ms, locale)
    if days == 1:
        return tr("Yesterday")
    if days < 7:
        return locale.dayName(day.dayOfWeek(), QLocale.FormatType.ShortFormat)
    if day.year() == today.year():
        # Translators: a pattern of QLocale::toString; d, MMM, MMMM, dddd, yyyy stand for parts of the date.
        return locale.toString(day, trc("date pattern", "d MMM"))
    return locale.toString(day, QLocale.FormatType.ShortFormat)


def day_line(at_ms: int, now_ms: int, locale: QLocale | None = None) -> str:
    """The heading over a day of messages: "Today", "Yesterday", "Saturday, 14 November"."""
    locale = locale or QLocale()
    day, today = local_date(at_ms), local_date(now_ms)
    days = day.daysTo(today)
    if days == 0:
        return tr("Today")
    if days == 1:
        return tr("Yesterday")
    if day.year() == today.year():
        # Translators: a pattern of QLocale::toString; d, MMM, MMMM, dddd, yyyy stand for parts of the date.
        return locale.toString(day, trc("date pattern", "dddd, d MMMM"))
    # Translators: a pattern of QLocale::toString; d, MMM, MMMM, dddd, yyyy stand for parts of the date.
    return locale.toString(day, trc("date pattern", "d MMMM yyyy"))


def last_seen(at_ms: int, now_ms: int, locale: QLocale | None = None) -> str:
    """When somebody was last online, in words; empty when it is not known."""
    if at_ms <= 0:
        return ""
    minutes = (now_ms - at_ms) // 60_000
    if minutes < 1:
        return tr("last seen just now")
    if minutes < 60:
        return trn("last seen {count} minute ago", "last seen {count} minutes ago", count=minutes)
    days = local_date(at_ms).daysTo(local_date(now_ms))
    if days <= 0:
        return tr("last seen at {time}", time=clock(at_ms, locale))
    if days == 1:
        return tr("last seen yesterday at {time}", time=clock(at_ms, locale))
    # Translators: {day} is a weekday or a date, in short: “Sat”, “14 Nov”.
    return tr("last seen {day}", day=list_time(at_ms, now_ms, locale))


def moment(at_ms: int, now_ms: int) -> str:
    """Day and time of day, "Yesterday, 14:32"."""
    return tr("{day}, {time}", day=day_line(at_ms, now_ms), time=clock(at_ms))


def ms_to_midnight(now_ms: int) -> int:
    """How long the words for "today" stay right, plus a second."""
    now = QDateTime.fromMSecsSinceEpoch(now_ms)
    tomorrow = now.date().addDays(1).startOfDay()
    return max(1_000, int(now.msecsTo(tomorrow)) + 1_000)
