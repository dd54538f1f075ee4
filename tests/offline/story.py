"""What happens in a run, drawn from a seed: who is there, what they do, and what breaks meanwhile."""

from random import Random

from msgspec import Struct

EMOJI = ("👍", "❤", "😂")
_KILLS_SERVER = 0.2
_KILLS_CLIENT = 0.5
_FAR_AWAY = 0.5
DEEDS = {
    "send": 10.0,
    "burst": 2.0,
    "reply": 1.0,
    "edit": 3.0,
    "delete": 1.0,
    "react": 3.0,
    "pin": 1.0,
    "star": 1.0,
    "read": 4.0,
    "draft": 4.0,
    "discard": 1.0,
    "file": 0.5,
}
"""What people do, and how often."""
FAULTS = {
    "cut": 4.0,
    "cut later": 4.0,
    "half-open": 2.0,
    "swallow": 1.0,
    "delay": 2.0,
    "throttle": 1.5,
    "refuse": 1.5,
    "calm": 4.0,
    "sleep": 1.0,
    "step": 1.5,
    "restart": 1.0,
}
"""What breaks or is mended on the way, and what happens to a device."""
_PAUSES_S = (0.0, 0.0, 0.005, 0.02, 0.05, 0.15)


class Step(Struct, frozen=True, omit_defaults=True):
    """One thing, ``pause_s`` after the one before. ``device`` and ``talk`` are indices; ``pick`` chooses
    among what there is when it happens; what ``amount`` measures depends on the kind."""

    kind: str
    pause_s: float = 0.0
    device: int = 0
    talk: int = 0
    pick: float = 0.0
    amount: float = 0.0
    on: bool = True


class Story(Struct, frozen=True):
    """``devices`` has for each the number of the person whose it is; the one with the index ``mortal`` is
    killed, none where it is -1. The first two people have a direct conversation, whose index is 0, and all of
    them have a group, where there is one."""

    seed: int
    people: int
    devices: list[int]
    mortal: int
    with_group: bool
    steps: list[Step]

    @property
    def kills_server(self) -> bool:
        """Whether the server dies in it."""
        return any(each.kind == "kill server" for each in self.steps)

    def __str__(self) -> str:
        """To be read by whoever looks for what went wrong."""
        steps = "\n".join(f"  {each}" for each in self.steps)
        return (
            f"seed {self.seed}: devices of {self.devices}, killed is {self.mortal}, "
            f"{'with' if self.with_group else 'without'} a group\n{steps}"
        )


def draw(seed: int) -> Story:
    """The story of a seed."""
    random = Random(seed)
    people = random.choice((2, 2, 3))
    devices = [0, 0, *range(1, people)]
    mortal = random.randrange(len(devices)) if random.random() < _KILLS_CLIENT else -1
    with_group = people > 2 or random.random() < 0.5
    steps = [_deed(random, devices, with_group) for _ in range(random.randint(10, 40))]
    if random.random() < _FAR_AWAY:
        # With the server far away, more is on its way at any moment.
        steps.insert(0, Step("delay", device=-1, amount=round(random.uniform(0.005, 0.08), 3)))
    for _ in range(random.randint(3, 10)):
        steps.insert(random.randint(0, len(steps)), _fault(random, len(devices)))
    if random.random() < _KILLS_SERVER:
        _put_pair(random, steps, "kill server", "start server", -1)
    if mortal >= 0:
        for _ in range(random.randint(1, 2)):
            _put_pair(random, steps, "kill client", "start client", mortal)
    return Story(seed, people, devices, mortal, with_group, steps)


def _deed(random: Random, devices: list[int], with_group: bool) -> Step:
    [kind] = random.choices(list(DEEDS), list(DEEDS.values()))
    amount = {"burst": random.randint(2, 6), "file": random.randint(1, 60_000)}.get(kind, 0)
    device = random.randrange(len(devices))
    talks = [0] * (devices[device] < 2) + [1] * with_group
    return Step(
        kind,
        random.choice(_PAUSES_S),
        device,
        random.choice(talks),
        random.randrange(1000) / 1000,
        float(amount),
        random.random() < 0.7,
    )


def _fault(random: Random, devices: int) -> Step:
    """``device`` is -1 where it happens to all of them."""
    [kind] = random.choices(list(FAULTS), list(FAULTS.values()))
    amount = {
        "cut later": random.choice((10, 100, 500, 2000)),
        "delay": random.uniform(0.01, 0.15),
        "throttle": random.uniform(2_000, 8_000),
        "sleep": random.choice((30, 3600, 86_400)),
        "step": random.choice((-86_400, -3600, -5, 5, 3600, 10**7)),
    }.get(kind, 0)
    device = random.randrange(devices)
    if kind not in ("sleep", "step", "restart") and random.random() < 0.3:
        device = -1
    return Step(kind, random.choice(_PAUSES_S), device, amount=round(float(amount), 3))


def _put_pair(random: Random, steps: list[Step], first: str, second: str, device: int) -> None:
    """Something, and its end some steps later; with the run, where the steps are over before."""
    at = random.randint(0, len(steps))
    steps.insert(at, Step(first, random.choice(_PAUSES_S), device))
    until = at + 1 + random.randint(0, 8)
    if until < len(steps):
        steps.insert(until, Step(second, random.choice(_PAUSES_S), device))
