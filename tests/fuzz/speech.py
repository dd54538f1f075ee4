"""What clients say: commands that are right or wrong, changed in some bytes, or nothing but noise."""

from collections.abc import Callable
from functools import cache
from itertools import accumulate

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import AnyCommand, SignIn, UserConnect
from desktop_chat.protocol.records import Resume
from tests.fuzz.draws import Draw
from tests.fuzz.mutations import mutate, noise
from tests.fuzz.peers import Judge, Peer
from tests.fuzz.shapes import StructShape, commands

_RARE = {
    "SIGN_OUT": 0.1,
    "REGISTER": 0.1,
    "CHANGE_PASSWORD": 0.1,
    "REVOKE_DEVICE": 0.1,
    "DELETE_ACCOUNT": 0.02,
    "REMOVE_USER": 0.02,
    "REMOVE_MEMBER": 0.2,
    "ADD_MEMBERS": 1.5,
    "CREATE_GROUP": 0.2,
    "BLOCK_USER": 0.3,
    "SEND_MESSAGE": 9.0,
    "EDIT_MESSAGE": 3.0,
    "DELETE_MESSAGE": 0.7,
    "LOAD_HISTORY": 2.0,
}
"""How often to say a command, where it is not 1: seldom what ends a connection or a thing."""
_BEFORE_CONNECT = ("USER_CONNECT", "SIGN_IN", "REGISTER")
_FULLNESS = (0.05, 0.05, 0.2, 0.5, 0.9)


class Speech:
    """What the clients of one world say; the secrets in it are known to the judge."""

    def __init__(self, judge: Judge, draw: Draw) -> None:
        self.passwords: dict[int, str] = {}
        """By user."""
        self._judge, self._draw, self._chance = judge, draw, draw.chance
        self._shapes, self._weights = _weighted()
        self._plain = [b"{}"]
        """Frames without a secret, to be taken apart."""

    def next_frame(self, peer: Peer) -> bytes:
        """What a client says next."""
        chance, draw = self._chance, self._draw
        way = chance.random()
        if way < 0.03:
            return noise(chance)
        if way < 0.13:
            return mutate(draw.pick(self._plain), draw.pick(self._plain), chance)
        shape = chance.choices(self._shapes, cum_weights=self._weights)[0]
        if peer.connection.session.is_connected:
            if shape.tag in _BEFORE_CONNECT and chance.random() < 0.8:
                shape = chance.choices(self._shapes, cum_weights=self._weights)[0]
        elif chance.random() < 0.5:
            return encode_command(self._connect_command(peer))
        own = peer.known.records
        records = own if own and chance.random() < 0.9 else self._judge.known.records
        draw.record = draw.pick(records) if records else {}
        draw.known = (peer.known, self._judge.known)
        draw.conversation_id = None
        draw.fullness = draw.pick(_FULLNESS)
        peer.next_id += 1
        if way < 0.27:
            draw.secret = None
            frame = shape.wrong(draw, peer.next_id).encode("utf-8", "surrogatepass")
            if len(frame) < 2_000:
                self._keep(frame)
            return frame
        draw.secret = None if way < 0.37 else self._secret_of(peer)
        frame = shape.command(draw, peer.next_id).encode()
        if draw.secret is None:
            self._keep(frame)
        return frame

    def _connect_command(self, peer: Peer) -> AnyCommand:
        """Come in with a token, or else with the password."""
        peer.next_id += 1
        name, tokens = f"person{peer.account_id}", self._judge.tokens.get(peer.account_id, [])
        if tokens and self._chance.random() < 0.9:
            position = int(self._chance.random() * (self._judge.state.position + 3))
            resume = Resume("5" * 32, position) if self._chance.random() < 0.6 else None
            capabilities = ("files", "typing") if self._chance.random() < 0.8 else ()
            return UserConnect(
                peer.next_id, self._draw.pick(tokens[-3:]), resume=resume, capabilities=capabilities
            )
        return SignIn(peer.next_id, name, self.passwords[peer.account_id])

    def _secret_of(self, peer: Peer) -> Callable[[str, int | None], str]:
        user_id = peer.connection.user_id

        def secret(name: str, conversation_id: int | None) -> str:
            text = self._judge.planted.for_field(name, conversation_id, user_id)
            if text and not user_id:
                peer.said.setdefault(peer.next_id, []).append(len(self._judge.planted.secrets) - 1)
            return text

        return secret

    def _keep(self, frame: bytes) -> None:
        if len(self._plain) < 200:
            self._plain.append(frame)
        else:
            self._plain[int(self._chance.random() * 200)] = frame


@cache
def _weighted() -> tuple[tuple[StructShape, ...], list[float]]:
    """Every command there is, and how often to say it, added up."""
    shapes = commands(AnyCommand)
    return shapes, list(accumulate(_RARE.get(each.tag, 1.0) for each in shapes))
