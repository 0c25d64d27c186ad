"""SIGHUP: the configuration is read again, and taken whole or not at all."""

from datetime import UTC, datetime

from attrs import evolve, fields
from twisted.logger import Logger

from mailsuite import config as configuration
from mailsuite.config import Config, ConfigError
from mailsuite.errors import MailError
from mailsuite.service.certificates import wanted_pairs
from mailsuite.service.footing import Unfit
from mailsuite.wire.tls import BadPair, load

# What is built once, at start. Everything else is in force after a reload.
AT_START = {
    "hostname": None,
    "data_dir": None,
    "workers": None,
    "user": None,
    "store": None,
    "listen": None,
    "dns": None,
    "directory": None,
    "fetch": None,
    "tls": ("ca_file",),
}


class NotReloaded(MailError):  # noqa: N818 - a state, not a mistake
    """The old configuration stays; the words say why."""


def read_again(old: Config) -> Config:
    """The file of the running configuration, checked as at start.

    Raises:
        ConfigError, Unfit: the old one stays in force, whole.
    """
    new = configuration.load(old.file)
    # Relative to the old name and folder: those two hold until a restart.
    held = evolve(new, hostname=old.hostname, data_dir=old.data_dir)
    for pair in wanted_pairs(held):
        try:
            load(pair, datetime.now(UTC))
        except BadPair as bad:
            raise Unfit(f"{old.file}: [tls] {bad}.") from None
    return new


def reread(old: Config, log: Logger) -> tuple[Config, list[str]]:
    """The configuration to go by from now on, and the keys that need a restart.

    Raises:
        NotReloaded: the old one stays; the words are for the operator, and the log has them.
    """
    try:
        new = read_again(old)
    except (ConfigError, Unfit) as wrong:
        log.error(  # noqa: TRY400 - the sentence says it all
            "not reloaded, the old configuration stays: {why}", why=str(wrong)
        )
        raise NotReloaded(f"Not reloaded, the old configuration stays: {wrong}") from None
    return in_force(old, new), need_restart(old, new)


def need_restart(old: Config, new: Config) -> list[str]:
    """The keys that differ and hold only after a restart, as `[table] key`."""
    found: list[str] = []
    for name, only in AT_START.items():
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if not hasattr(type(before), "__attrs_attrs__"):
            found.append(name)
            continue
        keys = only or tuple(attribute.name for attribute in fields(type(before)))
        found += [f"[{name}] {key}" for key in keys if getattr(before, key) != getattr(after, key)]
    return found


def in_force(old: Config, new: Config) -> Config:
    """The new configuration, with what needs a restart as it was."""
    kept = {name: getattr(old, name) for name, only in AT_START.items() if only is None}
    return evolve(new, **kept, tls=evolve(new.tls, ca_file=old.tls.ca_file))
