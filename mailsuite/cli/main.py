"""The `mailsuite` command: `mailsuite [--config FILE] [--json] NOUN VERB …`."""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from mailsuite import config as configuration
from mailsuite.cli import (
    dmarc_reports,
    mailboxes,
    masks,
    people,
    programs,
    queue,
    running,
    searching,
    spam,
    suppressions,
    tls_reports,
)
from mailsuite.cli.asking import carry_out
from mailsuite.cli.commands import Parser, Refused, Request


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="mailsuite",
        description="Looks after a mail host. What it changes holds at once in a running server.",
    )
    top.add_argument(
        "--config",
        metavar="FILE",
        help="default: etc/mailsuite.toml here, then /etc/mailsuite/mailsuite.toml",
    )
    top.add_argument(
        "--as",
        dest="acting",
        metavar="ADDRESS",
        default="",
        help="with the rights of that account, a domain's administrator for example",
    )
    top.add_argument("--json", action="store_true", help="results as JSON")
    nouns = top.add_subparsers(metavar="NOUN", required=True, parser_class=Parser)
    running.add_nouns(nouns)
    people.add_nouns(nouns)
    masks.add_nouns(nouns)
    mailboxes.add_nouns(nouns)
    programs.add_nouns(nouns)
    queue.add_nouns(nouns)
    suppressions.add_nouns(nouns)
    searching.add_nouns(nouns)
    tls_reports.add_nouns(nouns)
    dmarc_reports.add_nouns(nouns)
    spam.add_nouns(nouns)
    return top


def run(words: Sequence[str]) -> int:
    """Carry out a command line; the exit code. Raises `Refused` or `ConfigError`."""
    given = parser().parse_args(words)
    config = configuration.load(configuration.locate(given.config))
    if hasattr(given, "here"):
        code: int = given.here(config, given)
        return code
    request: Request = given.request
    result = carry_out(config, request.verb, request.arguments(given), given.acting)
    if given.json:
        print(json.dumps(result))
    else:
        for line in request.shows(result):
            print(line)
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """The console script: exit 0, or one sentence on standard error and something else."""
    os.umask(0o077)  # whatever is made is its owner's alone (O4)
    try:
        return run(sys.argv[1:] if words is None else words)
    except (Refused, configuration.ConfigError) as refused:
        print(refused, file=sys.stderr)
    except BrokenPipeError:
        # Whoever read has seen enough; Python must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
    except argparse.ArgumentError as wrong:
        print(wrong, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
