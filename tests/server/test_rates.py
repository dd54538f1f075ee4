"""Token buckets."""

import pytest

from server.rates import KeyedBuckets, TokenBucket


def test_a_bucket_fills_at_its_rate_up_to_its_burst() -> None:
    bucket = TokenBucket(2.0, 3.0, 0.0)
    assert [bucket.take(1, 0.0) for _ in range(3)] == [0.0] * 3
    assert bucket.take(1, 0.0) == pytest.approx(0.5)
    assert bucket.take(1, 0.5) == 0.0
    assert [bucket.take(1, 100.0) for _ in range(3)] == [0.0] * 3
    assert bucket.take(1, 100.0) > 0


def test_more_than_the_burst_needs_a_full_bucket_and_leaves_a_debt() -> None:
    bucket = TokenBucket(1.0, 2.0, 0.0)
    assert bucket.take(5, 0.0) == 0.0
    assert bucket.take(1, 0.0) == pytest.approx(4.0)


def test_what_is_given_back_can_be_taken() -> None:
    bucket = TokenBucket(1.0, 1.0, 0.0)
    assert bucket.take(1, 0.0) == 0.0
    bucket.give_back(1)
    bucket.give_back(1)
    assert bucket.take(1, 0.0) == 0.0
    assert bucket.take(1, 0.0) > 0


def test_keys_do_not_share_and_old_ones_are_forgotten() -> None:
    buckets = KeyedBuckets(1.0, 1.0, max_keys=2)
    assert buckets.take("a", 0.0) == 0.0
    assert buckets.take("a", 0.0) > 0
    assert buckets.take("b", 0.0) == 0.0
    assert buckets.take("c", 0.0) == 0.0
    assert len(buckets) == 2
    assert buckets.take("a", 0.0) == 0.0
    buckets.give_back("a")
    buckets.give_back("unknown")
    assert buckets.take("a", 0.0) == 0.0
