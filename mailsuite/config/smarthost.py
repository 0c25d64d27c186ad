"""The record of a smarthost: read by `values`, kept in `records`."""

from pathlib import Path

from attrs import field, frozen


@frozen
class Smarthost:
    """Where outgoing mail goes instead of to each domain's MX."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    token_file: Path | None = None
    tls: str = ""  # none | opportunistic | verified | implicit; "": what port and sign-in need
    source: tuple[str, ...] = ()
