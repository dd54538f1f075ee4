"""Token buckets: how often something may happen. Pure; the time is handed in."""

from collections import OrderedDict


class TokenBucket:
    """Lets ``burst`` units through at once and ``rate_per_s`` in the long run."""

    __slots__ = ("_burst", "_level", "_rate_per_s", "_updated_s")

    def __init__(self, rate_per_s: float, burst: float, now_s: float) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._level = burst
        self._updated_s = now_s

    def take(self, units: float, now_s: float) -> float:
        """Take ``units`` and return 0.0, or take nothing and return the seconds until they are there.
        More units than the burst are taken once the bucket is full, and leave a debt."""
        level = self._level + (now_s - self._updated_s) * self._rate_per_s
        if level > self._burst:
            level = self._burst
        self._updated_s = now_s
        wanted = units if units < self._burst else self._burst
        if level < wanted:
            self._level = level
            return (wanted - level) / self._rate_per_s
        self._level = level - units
        return 0.0

    def give_back(self, units: float) -> None:
        """Undo a take."""
        self._level = min(self._burst, self._level + units)


class KeyedBuckets:
    """One bucket for each key, for at most ``max_keys`` keys: the ones used longest ago are forgotten."""

    def __init__(self, rate_per_s: float, burst: float, max_keys: int) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._max_keys = max_keys
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now_s: float) -> float:
        """Take one unit from the key's bucket; see ``TokenBucket.take``."""
        return self.bucket(key, now_s).take(1.0, now_s)

    def bucket(self, key: str, now_s: float) -> TokenBucket:
        """The key's own bucket, which whoever holds it may use also after it is forgotten here."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._rate_per_s, self._burst, now_s)
            if len(self._buckets) > self._max_keys:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket

    def give_back(self, key: str) -> None:
        """Undo a take."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.give_back(1.0)
