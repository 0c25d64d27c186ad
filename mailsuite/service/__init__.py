"""What twistd and `mailsuite serve` run: one host, from one configuration file."""

from typing import Any, ClassVar

from twisted.python.usage import Options as TwistedOptions

from mailsuite import config as configuration
from mailsuite.config import ConfigError
from mailsuite.service.group import Group
from mailsuite.service.host import Host

__all__ = ["Group", "Host", "Options", "host", "makeService"]


class Options(TwistedOptions):
    """`twistd --nodaemon mailsuite --config FILE`."""

    optParameters: ClassVar[list[list[Any]]] = [  # noqa: N815 - Twisted's name
        ["config", None, None, "the configuration file; default: etc/mailsuite.toml"],
    ]


def makeService(options: Any) -> Host | Group:  # noqa: N802 - twistd's name
    """The service of the configuration that the options name; a wrong one ends the process."""
    try:
        config = configuration.load(configuration.locate(options["config"]))
    except ConfigError as wrong:
        raise SystemExit(str(wrong)) from None
    # Here and not above: importing it installs it, and the command line has no use for one.
    from twisted.internet import reactor  # noqa: PLC0415

    return host(config, reactor)


def host(config: configuration.Config, reactor: Any) -> Host | Group:
    """The service of a configuration: everything in this process, or a group of workers."""
    return Host(config, reactor) if config.workers == 1 else Group(config, reactor)
