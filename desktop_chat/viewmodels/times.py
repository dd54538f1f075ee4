"""Times in words, in the person's locale. Pure: the present is handed in as ``now_ms``."""

import time
from datetime import date

from PySide6.QtCore import QDate, QDateTime, QLocale


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
        return "Yesterday"
    if days < 7:
        return locale.dayName(day.dayOfWeek(), QLocale.FormatType.ShortFormat)
    if day.year() == today.year():
        return locale.toString(day, "d MMM")
    return locale.toString(day, QLocale.FormatType.ShortFormat)


def day_line(at_ms: int, now_ms: int, locale: QLocale | None = None) -> str:
    """The heading over a day of messages: "Today", "Yesterday", "Saturday, 14 November"."""
    locale = locale or QLocale()
    day, today = local_date(at_ms), local_date(now_ms)
    days = day.daysTo(today)
    if days == 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    if day.year() == today.year():
        return locale.toString(day, "dddd, d MMMM")
    return locale.toString(day, "d MMMM yyyy")


def last_seen(at_ms: int, now_ms: int, locale: QLocale | None = None) -> str:
    """When somebody was last online, in words; empty when it is not known."""
    if at_ms <= 0:
        return ""
    minutes = (now_ms - at_ms) // 60_000
    if minutes < 1:
        return "last seen just now"
    if minutes < 60:
        return f"last seen {minutes} minute{'s' if minutes != 1 else ''} ago"
    days = local_date(at_ms).daysTo(local_date(now_ms))
    if days <= 0:
        return f"last seen at {clock(at_ms, locale)}"
    if days == 1:
        return f"last seen yesterday at {clock(at_ms, locale)}"
    return f"last seen {list_time(at_ms, now_ms, locale)}"


def ms_to_midnight(now_ms: int) -> int:
    """How long the words for "today" stay right, plus a second."""
    now = QDateTime.fromMSecsSinceEpoch(now_ms)
    tomorrow = now.date().addDays(1).startOfDay()
    return max(1_000, int(now.msecsTo(tomorrow)) + 1_000)
