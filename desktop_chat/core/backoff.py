"""How long to wait before the next try to connect."""

_FIRST_S = 0.25
_PATIENT_AFTER_S = 60.0
_EAGER_CAP_S = 2.0
_PATIENT_CAP_S = 15.0


def delay_s(attempt: int, outage_s: float, unit: float) -> float:
    """Seconds to wait before try number ``attempt`` (0 is the first after a loss).

    Exponential back-off with full jitter (Brooker, "Exponential Backoff And Jitter", 2015): a uniform
    share ``unit`` in [0, 1) of a doubling ceiling. During the first minute of an outage the ceiling stays
    at 2 s, so that a restarted server has everybody back within 2 s; after that it is 15 s.
    """
    ceiling = min(_FIRST_S * 2.0 ** min(attempt, 10), _PATIENT_CAP_S)
    if outage_s < _PATIENT_AFTER_S:
        ceiling = min(ceiling, _EAGER_CAP_S)
    return ceiling * unit
