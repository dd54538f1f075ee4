"""Whether nothing is to be told now."""


def is_quiet(minute: int, quiet_from: int, quiet_to: int) -> bool:
    """Whether a minute of the day lies in the quiet hours, from ``quiet_from`` up to ``quiet_to``; where the
    end comes before the beginning they last over midnight. All in minutes after midnight, in one time zone.
    Equal ends are no quiet hours."""
    if quiet_from <= quiet_to:
        return quiet_from <= minute < quiet_to
    return minute >= quiet_from or minute < quiet_to
