"""A thousand seeds, and the ten invariants after each."""

import pytest

from tests.simulation import campaign

SEEDS = 1000
CHUNK = 25


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_seeds(first: int) -> None:
    for seed in range(first, first + CHUNK):
        assert campaign.play(seed) > 0


def test_a_seed_tells_one_story() -> None:
    """What a seed finds can be found again."""
    assert [campaign.trace(7), campaign.trace(8)] == [campaign.trace(7), campaign.trace(8)]
    assert campaign.trace(7) != campaign.trace(8)
