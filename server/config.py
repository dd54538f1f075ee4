"""The server's whole configuration, typed and frozen. Every field below can be set by an environment
variable ``DESKTOP_CHAT_SERVER_`` + the field's name in capitals; command-line arguments win over those."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from desktop_chat.protocol.limits import RETENTION_DAYS_MAX
from server.addresses import is_loopback

ENVIRONMENT_PREFIX = "DESKTOP_CHAT_SERVER_"


class ConfigError(Exception):
    """A setting that cannot be used, in words for the person who set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes, counts and rates that protect the server. What the wire itself allows is in
    ``desktop_chat.protocol.limits``."""

    commands_per_s: float = 100.0
    """Commands of one connection in the long run; a command costs 1 and 1 more for each 16 KiB."""
    commands_burst: float = 1000.0
    """Commands of one connection at once."""
    commands_per_user_per_s: float = 300.0
    commands_per_user_burst: float = 3000.0
    """The same for all connections of one user together."""
    bad_frames_max: int = 20
    """Frames that cannot be taken before a connection is closed."""
    handshake_timeout_s: float = 10.0
    """Time from the opening of a socket to a USER_CONNECT that succeeds; TLS before it has as long again."""
    ping_interval_s: float = 20.0
    """A connection that has sent nothing from one ping to the next is dropped."""
    write_buffer_max_bytes: int = 256 * 1024
    """What may wait for a connection that does not read before it is closed as a slow reader."""
    fan_out_chunk: int = 200
    """Connections that get a push before the loop does something else."""
    connections_max: int = 20_000
    connections_per_user_max: int = 50
    connections_per_address_max: int = 5_000
    """Sockets of one address, whatever they are used for: many people may share one."""
    store_queue_max: int = 10_000
    """Writes that may wait for the disk before commands are answered with ``server_busy``."""
    read_queue_max: int = 2_000
    hash_queue_max: int = 200
    """Passwords that may wait to be hashed before sign-ins are answered with ``server_busy``."""
    sign_in_per_name_per_s: float = 1 / 12
    sign_in_per_name_burst: float = 10.0
    """Failed sign-ins for one user name from one address, in the long run and at once."""
    sign_in_per_name_everywhere_per_s: float = 100 / 3600
    sign_in_per_name_everywhere_burst: float = 100.0
    """Failed sign-ins for one user name from all addresses together."""
    sign_in_per_address_per_s: float = 1.0
    sign_in_per_address_burst: float = 60.0
    """Failed sign-ins, and registrations, from one address, in the long run and at once."""
    devices_per_user_max: int = 200
    """Device tokens of one user; a further sign-in revokes the one that was made first."""
    http_head_max_bytes: int = 16 * 1024
    """The head of a request, that of a WebSocket's handshake included."""
    http_body_max_bytes: int = 64 * 1024
    """What a handler may read as one piece; files are streamed, and have limits of their own."""
    http_connections_max: int = 1_000
    """Sockets that carry HTTP and no WebSocket."""
    http_requests_per_connection_max: int = 1_000
    http_keepalive_s: float = 15.0
    """How long a socket may wait for its next request."""
    http_stall_timeout_s: float = 30.0
    """A request over which less than 1 KiB has moved for so long is dropped."""
    http_requests_per_address_per_s: float = 100.0
    http_requests_per_address_burst: float = 1000.0
    http_requests_per_user_per_s: float = 50.0
    http_requests_per_user_burst: float = 500.0
    drain_timeout_s: float = 20.0
    """What a server that was told to stop may take for it, transfers under way included."""
    tls_check_interval_s: float = 10.0
    """How often the files of the certificate are looked at."""

    # Files; what they mean for a client is in docs/files.md.
    max_file_bytes: int = 2 * 1024**3
    file_quota_bytes: int = 10 * 1024**3
    """What one user's uploads may come to, unfinished ones as if they were whole."""
    unfinished_uploads_per_user_max: int = 20
    transfers_per_user_max: int = 8
    """Requests of one user that carry a file's content at the same time."""
    file_piece_max_bytes: int = 64 * 1024**2
    """The body of one request that uploads."""
    file_block_bytes: int = 512 * 1024
    """What a transfer holds in memory; before each block the right to it is checked again."""
    file_idle_timeout_s: float = 60.0
    """A transfer that does not move for this long ends."""
    orphan_hours: float = 24.0
    """How long a file that nothing uses is kept, and an upload that does not go on."""
    sweep_interval_s: float = 3600.0
    """Between two searches for such files, and for messages that were kept long enough."""

    def __post_init__(self) -> None:
        for each in fields(self):
            if not 0 < getattr(self, each.name) < math.inf:
                raise ConfigError(f"{each.name} must be a number above 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How one server runs."""

    data: Path
    """The folder that holds everything the server keeps."""
    host: str = "127.0.0.1"
    port: int = 8765
    """0 takes any free port."""
    name: str = "desktop-chat"
    """What the server calls itself to people."""
    registration: Literal["open", "invite", "closed", ""] = ""
    """Who may make an account: everybody, whoever has an invite, nobody. Where nothing is said it is
    everybody as long as only this computer can reach the server, and else whoever has an invite."""
    members_invite: bool = False
    """Whether everybody may invite, or only the server's admins."""
    retention_days: int = 0
    """How long messages are kept; 0 for ever. A conversation may keep its own for a shorter time."""
    exit_with_stdin: bool = False
    """Stop when standard input ends: with the process that started the server."""
    tls: bool = False
    """Speak TLS on the loopback too; beyond it there is no other way, but ``behind_proxy``."""
    tls_cert: Path | None = None
    """A certificate of one's own, with its chain, as PEM. Without it the server makes one."""
    tls_key: Path | None = None
    behind_proxy: bool = False
    """TLS ends at a reverse proxy, which says in ``X-Forwarded-For`` whom it speaks for."""
    metrics_token: str = field(default="", repr=False)
    """What may read /metrics from elsewhere; empty for nobody."""
    log_format: Literal["text", "json"] = "text"
    limits: Limits = field(default_factory=Limits)

    @property
    def speaks_tls(self) -> bool:
        """Whether the port takes TLS and nothing else."""
        if self.behind_proxy:
            return False
        return self.tls or self.tls_cert is not None or not is_loopback(self.host)

    def __post_init__(self) -> None:
        if not self.host:
            raise ConfigError("Say which address to listen on; 0.0.0.0 is all of them.")
        if not self.registration:
            alone = is_loopback(self.host) and not self.behind_proxy
            object.__setattr__(self, "registration", "open" if alone else "invite")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ConfigError("A certificate needs its key: give both --tls-cert and --tls-key.")
        if self.behind_proxy and (self.tls or self.tls_cert is not None):
            raise ConfigError("TLS ends either here or at a proxy: give --behind-proxy or --tls, not both.")
        if self.log_format not in ("text", "json"):
            raise ConfigError(f"The log's format is either text or json, not {self.log_format!r}.")
        if not 0 <= self.port <= 65535:
            raise ConfigError(f"The port must be between 0 and 65535, not {self.port}.")
        if self.registration not in ("open", "invite", "closed"):
            raise ConfigError(f"Registration is open, invite or closed, not {self.registration!r}.")
        if not 0 <= self.retention_days <= RETENTION_DAYS_MAX:
            raise ConfigError(f"Messages are kept between 1 and {RETENTION_DAYS_MAX} days, or 0: for ever.")
        if not 1 <= len(self.name) <= 64 or not self.name.isprintable():
            raise ConfigError("The server's name must have 1 to 64 printable characters.")


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that the environment names, typed, as keyword arguments for Config: its own fields and,
    where a limit is named, ``limits``. Raises ConfigError."""
    limits = _settings(Limits, environment)
    settings = _settings(Config, environment)
    if limits:
        settings["limits"] = Limits(**limits)
    return settings


def _settings(of: type[Config] | type[Limits], environment: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for each in fields(of):
        variable = ENVIRONMENT_PREFIX + each.name.upper()
        if each.name != "limits" and variable in environment:
            settings[each.name] = _typed(variable, environment[variable], each.type)
    return settings


def _typed(variable: str, text: str, wanted: object) -> object:
    try:
        if wanted is int:
            return int(text)
        if wanted is float:
            return float(text)
    except ValueError:
        raise ConfigError(f"{variable} must be a number, not {text!r}.") from None
    if wanted is bool:
        if text.lower() not in ("0", "1", "false", "true", "no", "yes"):
            raise ConfigError(f"{variable} must be yes or no, not {text!r}.")
        return text.lower() in ("1", "true", "yes")
    return Path(text) if wanted in (Path, Path | None) else text
