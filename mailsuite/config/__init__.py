"""The configuration: one TOML file, read and checked as a whole before anything starts.

`load` gives a `Config`, or raises `ConfigError` with one sentence that names the file, the line,
the key, what is wrong and what would be right.
"""

from mailsuite.config.reading import ConfigError, load, locate, parse
from mailsuite.config.records import (
    Config,
    Dns,
    Inbound,
    Listen,
    Log,
    Quota,
    Relay,
    SignIn,
    StoreSettings,
    TlsFiles,
)
from mailsuite.config.smarthost import Smarthost

__all__ = [
    "Config",
    "ConfigError",
    "Dns",
    "Inbound",
    "Listen",
    "Log",
    "Quota",
    "Relay",
    "SignIn",
    "Smarthost",
    "StoreSettings",
    "TlsFiles",
    "load",
    "locate",
    "parse",
]
