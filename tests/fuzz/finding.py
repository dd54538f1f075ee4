"""What a target found: enough to see it again."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """A promise that was broken. Everything before the execution follows from the seed, so the three of
    ``target``, ``seed`` and ``execution`` bring it back; ``input`` is the last thing that was handed over."""

    target: str
    seed: int
    execution: int
    """The execution's number within the world of this seed, from 0."""
    words: str
    input: str
    """In hexadecimal digits."""

    def save(self, folder: Path) -> Path:
        """Write it to a file of its own; ``load`` reads it."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.target}-{self.seed}-{self.execution}.json"
        path.write_text(json.dumps(asdict(self), indent=2), "utf-8")
        return path

    def __str__(self) -> str:
        return (
            f"{self.target}: seed {self.seed}, execution {self.execution}: {self.words}\n"
            f"  input {bytes.fromhex(self.input)[:2000]!r}"
        )


def load(path: Path) -> Finding:
    """A finding from its file. Raises OSError, ValueError or TypeError for what is none."""
    return Finding(**json.loads(path.read_text("utf-8")))


class Broken(Exception):
    """A promise is broken, in words; whoever knows seed and number makes a Finding of it."""
