"""JSON made from the types of the protocol themselves, so that what is added to the wire is fuzzed from its
first day: what a type allows, its bounds, and what it does not allow."""

import json
import random
from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import Any, Protocol

import msgspec.inspect as inspect

from tests.fuzz.draws import Draw, canonical
from tests.fuzz.patterns import sample

_MAX_INT = 2**53 - 1
_SAMPLES = 200
WORDS = (
    "",
    " ",
    "a",
    "hello",
    "ada",
    "text",
    "x" * 40,
    "\u200b",
    "\u202eabc",
    "é",
    "中文",
    "\U0001f642",
    "İ",
    "ﬀ",
    "null\x00byte",
    "\x7f\x1b[31m",
    "'; DROP TABLE user; --",
    "%s%n{0}",
    "<b>&amp;</b>",
    "\u2028",
    "../../etc/passwd",
)
_WRONG = (
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.0",
    "1.5",
    "1e3",
    "1e400",
    "-0",
    "9007199254740991",
    "9007199254740992",
    "18446744073709551616",
    "1" + "0" * 400,
    '""',
    '"1"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    "[]",
    "{}",
    "[[]]",
    '{"id":1}',
    "[1,2,3]",
    "[" * 40 + "]" * 40,
    "[" * 2000,
    '{"a":' * 30 + "1" + "}" * 30,
    "nul",
    "",
    "NaN",
    "Infinity",
    "+1",
    "01",
    "0x10",
    "'a'",
    '"' + "x" * 300 + '"',
    '"' + "x" * 17_000 + '"',
)

_OFTEN = {'"content":': 0.9, '"forward":': 0.15}
"""How often a field is there that others depend on; of the rest, now few are and now most."""


class Shape(Protocol):
    """A type, as a maker of JSON text."""

    def valid(self, draw: Draw) -> str:
        """Something that the type allows."""

    def wrong(self, draw: Draw) -> str:
        """Something that it most likely does not allow."""


class _Scalar:
    def __init__(self, make: Callable[[Draw], str]) -> None:
        self.valid = make

    def wrong(self, draw: Draw) -> str:
        return draw.pick(_WRONG)


class _Int:
    def __init__(self, name: str, low: int, high: int) -> None:
        self._sort = canonical(name)
        self._own = name == "conversation_id"
        self._low, self._high = low, high
        near = (low, low + 1, low + 2, 10, 50, high - 1, high)
        self._bounds = [str(each) for each in near if low <= each <= high]
        self._outside = [str(each) for each in (low - 1, high + 1, -low, high * 2**70)]

    def valid(self, draw: Draw) -> str:
        if draw.random() < 0.92:
            found = draw.id(self._sort)
            if isinstance(found, int) and self._low <= found <= self._high:
                if self._own and draw.conversation_id is None:
                    draw.conversation_id = found
                return str(found)
        if draw.random() < 0.5:
            value = str(int(self._low + draw.random() * min(60, self._high - self._low)))
        else:
            value = draw.pick(self._bounds)
        if self._own and draw.conversation_id is None:
            draw.conversation_id = int(value)
        return value

    def wrong(self, draw: Draw) -> str:
        return draw.pick(self._outside) if draw.random() < 0.4 else draw.pick(_WRONG)


class _Str:
    def __init__(self, name: str, type_: inspect.StrType) -> None:
        self._name, self._sort = name, canonical(name)
        self._low, self._high = type_.min_length or 0, type_.max_length
        self._samples: list[str] = []
        if type_.pattern is not None:
            chance = random.Random(type_.pattern)
            texts = [sample(type_.pattern, chance) for _ in range(_SAMPLES)]
            self._samples = [json.dumps(each) for each in texts if self._fits(each)]

    def valid(self, draw: Draw) -> str:
        # A key that was used before is a repeat, which changes nothing.
        if draw.random() < (0.1 if self._sort == "client_id" else 0.7 if self._samples else 0.5):
            found = draw.id(self._sort)
            if isinstance(found, str) and self._fits(found):
                return encode_basestring_ascii(found)
        if self._samples:
            if self._sort == "client_id" and draw.random() < 0.9:
                return f'"{int(draw.random() * 2**62):032x}"'
            return draw.pick(self._samples)
        text = draw.pick(WORDS)
        if draw.secret is not None and self._high is not None and self._high >= 32 and draw.random() < 0.7:
            text = f"{text[:9]} {draw.secret(self._name, draw.conversation_id)}"
        elif draw.random() < 0.02:
            text = text * (self._high or 100) or "z"
            text = text[: self._high or 5000]
        return encode_basestring_ascii(text[: self._high] if len(text) >= self._low else "z" * self._low)

    def wrong(self, draw: Draw) -> str:
        if self._high is not None and draw.random() < 0.4:
            return '"' + "y" * (self._high + 1) + '"'
        return draw.pick(_WRONG)

    def _fits(self, text: str) -> bool:
        return self._low <= len(text) <= (self._high if self._high is not None else len(text))


class _Either:
    def __init__(self, shapes: list[Shape]) -> None:
        self._shapes = shapes

    def valid(self, draw: Draw) -> str:
        return draw.pick(self._shapes).valid(draw)

    def wrong(self, draw: Draw) -> str:
        return draw.pick(self._shapes).wrong(draw)


class _Many:
    def __init__(self, each: Shape, least: int, most: int | None) -> None:
        self._each, self._least, self._most = each, least, most

    def valid(self, draw: Draw) -> str:
        most = 4 if self._most is None else min(4, self._most)
        count = max(self._least, int(draw.random() * (most + 1)))
        return "[" + ",".join(self._each.valid(draw) for _ in range(count)) + "]"

    def wrong(self, draw: Draw) -> str:
        way = draw.random()
        if way < 0.3 and self._most is not None:
            return "[" + ",".join([self._each.valid(draw)] * (self._most + 1)) + "]"
        if way < 0.6:
            return "[" + self._each.wrong(draw) + "]"
        return draw.pick(_WRONG)


class _Map:
    def __init__(self, key: Shape, value: Shape) -> None:
        self._key, self._value = key, value

    def valid(self, draw: Draw) -> str:
        pairs = (f"{self._key.valid(draw)}:{self._value.valid(draw)}" for _ in range(int(draw.random() * 4)))
        return "{" + ",".join(pairs) + "}"

    def wrong(self, draw: Draw) -> str:
        return "{" + f'"k":{self._value.wrong(draw)}' + "}"


class StructShape:
    """A record or a command."""

    def __init__(self, type_: inspect.StructType) -> None:
        self.tag = str(type_.tag) if type_.tag is not None else ""
        self._start = f'"{type_.tag_field}":"{type_.tag}"' if type_.tag_field else ""
        self._fields = [
            (f'"{each.encode_name}":', shape_of(each.type, each.name), each.required)
            for each in type_.fields
            if each.name != "id"
        ]

    def valid(self, draw: Draw) -> str:
        return "{" + ",".join(self._parts(draw)) + "}"

    def command(self, draw: Draw, id_: int) -> str:
        """A whole command under this id."""
        fields = self._parts(draw)
        fields.insert(1, f'"id":{id_}')
        return "{" + ",".join(fields) + "}"

    def wrong(self, draw: Draw, id_: int | None = None) -> str:
        """With one thing that is not as it should be."""
        parts = self._parts(draw)
        if id_ is not None:
            parts.append(f'"id":{id_}')
        way = draw.random()
        if way < 0.5 and self._fields:
            name, shape, _ = draw.pick(self._fields)
            parts = [each for each in parts if not each.startswith(name)]
            parts.append(name + shape.wrong(draw))
        elif way < 0.62:
            del parts[int(draw.random() * len(parts))]
        elif way < 0.7:
            parts.append(f'"id":{draw.pick(_WRONG)}')
        elif way < 0.78:
            parts.append(f'"{draw.pick(("extra", "type", "re", "", "__proto__"))}":{draw.pick(_WRONG)}')
        elif way < 0.86:
            parts.append(draw.pick(parts))
        elif way < 0.9:
            parts.reverse()
        elif way < 0.95:
            parts = [each.replace(":", " : ", 1) for each in parts]
        else:
            return "{" + ",".join(parts) + draw.pick(("", "}}", ",}", "} x", "]", "}\n\n"))
        return "{" + ",".join(parts) + "}"

    def _parts(self, draw: Draw) -> list[str]:
        parts = [self._start] if self._start else []
        for name, shape, required in self._fields:
            if required or draw.random() < _OFTEN.get(name, draw.fullness):
                parts.append(name + shape.valid(draw))
        return parts


@cache
def commands(union: Any) -> tuple[StructShape, ...]:
    """The commands of a union of them, from their types."""
    info = inspect.type_info(union)
    types = info.types if isinstance(info, inspect.UnionType) else (info,)
    return tuple(StructShape(each) for each in types if isinstance(each, inspect.StructType))


def shape_of(type_: inspect.Type, name: str) -> Shape:
    """The maker for a type; ``name`` is the field's, which says what sort of id it holds. Raises
    NotImplementedError for a type that the wire has not used so far."""
    match type_:
        case inspect.IntType():
            return _Int(name, *_bounds(type_))
        case inspect.FloatType():
            return _Scalar(lambda draw: repr(draw.random() * 100))
        case inspect.BoolType():
            return _Scalar(lambda draw: draw.pick(("true", "false")))
        case inspect.NoneType():
            return _Scalar(lambda draw: "null")
        case inspect.StrType():
            return _Str(name, type_)
        case inspect.LiteralType():
            literals = [json.dumps(each) for each in type_.values]
            return _Scalar(lambda draw: draw.pick(literals))
        case inspect.EnumType():
            members = [json.dumps(each.value) for each in type_.cls]
            return _Scalar(lambda draw: draw.pick(members))
        case inspect.BytesType():
            return _Scalar(lambda draw: draw.pick(('""', '"AAAA"', '"c2VjcmV0"')))
        case inspect.UnionType():
            return _Either([shape_of(each, name) for each in type_.types])
        case inspect.ListType() | inspect.SetType() | inspect.FrozenSetType() | inspect.VarTupleType():
            return _Many(shape_of(type_.item_type, name), type_.min_length or 0, type_.max_length)
        case inspect.DictType():
            return _Map(shape_of(type_.key_type, name), shape_of(type_.value_type, name))
        case inspect.StructType():
            return StructShape(type_)
        case inspect.AnyType() | inspect.RawType():
            return _Scalar(lambda draw: draw.pick(_WRONG[:10]))
    raise NotImplementedError(f"{type_} of {name}")


def _bounds(type_: inspect.IntType) -> tuple[int, int]:
    low = type_.ge if type_.ge is not None else (type_.gt + 1 if type_.gt is not None else 0)
    high = type_.le if type_.le is not None else (type_.lt - 1 if type_.lt is not None else _MAX_INT)
    return int(low), int(high)
