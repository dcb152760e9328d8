"""How a studio is run: where it listens, what may be uploaded, how long things are kept. Values."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from countenance.errors import BadOption
from countenance.server.uploads import Limits
from countenance.verify.fetching import Fetching, Resolve, resolve

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Options:
    """How a studio is run.

    Attributes:
        host, port: where it listens.
        public_url: how others reach it, as links and QR codes give it; empty: as it listens.
        database: SQLAlchemy address; None: SQLite in the home.
        workers: processes that render; None: one for each core; 0: none here.
        limits: of uploads.
        keep_days: after which results and unused uploads are deleted; 0: never.
        hooks: where webhooks may lead; None refuses them.
        resolver: looks host names up.
        maker: what makes a job.
        warm: whether previews and looks are made ready before somebody asks.
    """

    host: str = "127.0.0.1"
    port: int = 8620
    public_url: str = ""
    database: str | None = None
    workers: int | None = None
    limits: Limits = field(default_factory=Limits)
    keep_days: int = 30
    hooks: Fetching | None = field(default_factory=lambda: Fetching(max_seconds=10.0, max_bytes=64 << 10))
    resolver: Resolve = resolve
    maker: str = "countenance.server.jobs.making:make"
    warm: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.public_url)
        if self.public_url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise BadOption(
                f"--public-url {self.public_url} is no web address.", "Give it like https://studio.example."
            )

    @property
    def url(self) -> str:
        """How the studio is reached, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def origins(self) -> frozenset[str]:
        """Of its own pages: where people sign with a passkey."""
        parts = urlsplit(self.url)
        own = {f"{parts.scheme}://{parts.netloc}"}
        if not self.public_url and self.host in LOOPBACK:
            own.add(f"http://localhost:{self.port}")
        return frozenset(own)

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by https."""
        return self.url.startswith("https://")

    def serves(self, host: str) -> bool:
        """Whether a Host header is one of this studio's: a page of somebody else's domain that leads here is not."""
        name = _name_of(host)
        own = {urlsplit(self.url).hostname or "", self.host}
        if self.host in LOOPBACK or self.host in ("0.0.0.0", "::"):
            own |= set(LOOPBACK)
        if self.host in ("0.0.0.0", "::") and not self.public_url:
            return name in own or _is_address(name)
        return name in own


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
