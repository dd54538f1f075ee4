"""Text that matches a regular expression, for fields whose type is one."""

import random
import re

_LONGEST = 12
_OTHERS = "abcxyz019_.-"


def sample(pattern: str, chance: random.Random) -> str:
    """A text that the whole pattern matches. Raises NotImplementedError for syntax that no type uses yet."""
    # There is no public parser, and a library for this would be one more dependency for one function.
    return _text(re._parser.parse(pattern), chance)  # type: ignore[attr-defined]


def _text(parsed: object, chance: random.Random) -> str:
    return "".join(_item(str(operation), argument, chance) for operation, argument in parsed)  # type: ignore[attr-defined]


def _item(operation: str, argument: object, chance: random.Random) -> str:
    match operation, argument:
        case "AT", _:
            return ""
        case "LITERAL", int(code):
            return chr(code)
        case "ANY", _:
            return chance.choice(_OTHERS)
        case "IN", list(choices):
            return _one_of(choices, chance)
        case (("MAX_REPEAT" | "MIN_REPEAT"), (int(low), high, part)):
            most = min(int(high), max(low, _LONGEST))  # type: ignore[call-overload]
            return "".join(_text(part, chance) for _ in range(chance.randint(low, most)))
        case "SUBPATTERN", tuple(parts):
            return _text(parts[-1], chance)
        case "BRANCH", (_, list(branches)):
            return _text(chance.choice(branches), chance)
    raise NotImplementedError(f"{operation} in a pattern")


def _one_of(choices: list[tuple[object, object]], chance: random.Random) -> str:
    operation, argument = chance.choice(choices)
    match str(operation), argument:
        case "LITERAL", int(code):
            return chr(code)
        case "RANGE", (int(low), int(high)):
            return chr(chance.randint(low, high))
        case "CATEGORY", category:
            return chance.choice({"CATEGORY_DIGIT": "0123456789"}.get(str(category), _OTHERS[:6]))
    raise NotImplementedError(f"{operation} in a set")
