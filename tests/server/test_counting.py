"""Figures add up."""

from server.counting import Histogram


def test_a_value_falls_into_the_first_range_that_holds_it() -> None:
    histogram = Histogram((1, 2, 4))
    for value in (0, 1, 1.5, 2, 4, 5):
        histogram.observe(value)
    assert histogram.counts == [2, 2, 1, 1]
    assert histogram.total == 13.5
