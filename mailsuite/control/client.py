"""The command's end of the control socket. Blocks; no reactor runs there."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mailsuite.control.protocol import LINE_OCTETS, address

ANSWER_SECONDS = 60.0


class NoServer(Exception):  # noqa: N818 - a state, not a mistake
    """Nobody listens on the control socket."""


class NoAnswer(Exception):  # noqa: N818 - a state, not a mistake
    """The server took the request and did not answer, or does not let this user ask."""


def ask(
    data_dir: Path, verb: str, arguments: Mapping[str, Any], acting: str = ""
) -> dict[str, Any]:
    """Send one request to the running server, and return its answer.

    `acting` is the address of the account whose rights count; empty: the administrator's.

    Raises:
        NoServer: none runs, or it is still starting.
        NoAnswer: what became of the request is unknown.
    """
    request = json.dumps(request_of(verb, arguments, acting)).encode() + b"\n"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            with address(data_dir) as path:
                connection.connect(path)
        except PermissionError:
            raise NoAnswer("The server runs, and this user may not give it orders.") from None
        except OSError:
            raise NoServer from None
        try:
            connection.sendall(request)
            return _answer(connection)
        except (OSError, ValueError, TypeError):
            raise NoAnswer("The server did not answer; its log may say why.") from None


def request_of(verb: str, arguments: Mapping[str, Any], acting: str = "") -> dict[str, Any]:
    """One request, as the server reads it."""
    request: dict[str, Any] = {"verb": verb, "arguments": dict(arguments)}
    return {**request, "as": acting} if acting else request


def _answer(connection: socket.socket) -> dict[str, Any]:
    received = bytearray()
    while not received.endswith(b"\n") and len(received) < LINE_OCTETS:
        octets = connection.recv(65_536)
        if not octets:
            break
        received += octets
    answer: dict[str, Any] = dict(json.loads(received))  # anything else raises
    return answer
