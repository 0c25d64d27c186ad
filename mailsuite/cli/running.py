"""The nouns that are about the process: serve, check, status, reload."""

import argparse
import sys
from typing import Any

from mailsuite.cli.checking import check
from mailsuite.cli.commands import Request
from mailsuite.cli.supervising import Supervisor
from mailsuite.config import Config
from mailsuite.service.footing import Unfit
from mailsuite.service.host import EXIT_REFUSED
from mailsuite.service.rights import become


def add_nouns(nouns: Any) -> None:
    """Add them to the command line; they have no verbs."""
    serving = nouns.add_parser("serve", help="run the host in the foreground")
    serving.set_defaults(here=serve)
    checking = nouns.add_parser(
        "check", help="configuration, store, certificates, DNS: what is wrong, in plain words"
    )
    checking.add_argument("--no-dns", action="store_true", help="leave DNS out")
    checking.set_defaults(here=check)
    status = nouns.add_parser("status", help="figures of the running server")
    status.set_defaults(request=Request("status", lambda _: {}, _figures))
    reloading = nouns.add_parser("reload", help="read the configuration again, as SIGHUP does")
    reloading.set_defaults(request=Request("reload", lambda _: {}, _reloaded))


def serve(config: Config, _: argparse.Namespace) -> int:
    """Serve until SIGTERM; what dies is started again."""
    try:
        # Before the fork: the supervisor is not root either.
        become(config.user, config.data_dir)
    except Unfit as unfit:
        print(unfit, file=sys.stderr)
        return EXIT_REFUSED
    return Supervisor(lambda: serve_once(config)).run()


def serve_once(config: Config) -> int:
    """One server, in this process; its exit code."""
    from twisted.internet import reactor  # noqa: PLC0415 - installs it: after the fork only
    from twisted.logger import globalLogBeginner  # noqa: PLC0415 - as above

    from mailsuite.service import host as service_of  # noqa: PLC0415 - as above

    running: Any = reactor
    host = service_of(config, reactor)
    observer: Any = host.lines
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
    running.callWhenRunning(host.startService)
    running.addSystemEventTrigger("before", "shutdown", host.stopService)
    running.run()
    sys.stderr.flush()
    return 0


def _figures(found: Any) -> list[str]:
    if not found["running"]:
        return ["No server runs."]
    workers = enumerate(found.get("workers", ()), 1)
    figures = _lines({name: value for name, value in found.items() if name != "workers"})
    return [*figures, *(f"worker {n}: {', '.join(_lines(worker))}" for n, worker in workers)]


def _lines(figures: dict[str, Any]) -> list[str]:
    return [f"{name.replace('_', ' ')}: {value}" for name, value in figures.items()]


def _reloaded(later: Any) -> list[str]:
    if not later:
        return ["The configuration is in force."]
    return [f"The configuration is in force, but for: {', '.join(later)}; restart for these."]
