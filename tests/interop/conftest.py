"""A running suite that other people's programs talk to."""

import re
import shutil
import zlib
from collections.abc import Iterator

import pytest

from tests.interop.host import Host


def program(name: str) -> str:
    """The path of a program that the project's own script installs."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed: run .ci/packages, as `make test` does")
    return found


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A suite with two accounts, ann and bob, whose password is `secret`."""
    # Real mail has spam in it: all of it is to be found in one place. And it has been judged
    # before: what others wrote of that is taken out of mail from hosts that are not trusted.
    more = '[spam]\nenabled = false\n[inbound]\ntrusted = ["127.0.0.0/8"]\n'
    made = Host(tmp_path_factory.mktemp("host"), "example.test", more=more)
    made.account("ann")
    made.account("bob")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def fresh(host: Host, request: pytest.FixtureRequest) -> str:
    """An account of the test's own."""
    name = re.sub(r"\W|_", "-", request.node.name.removeprefix("test_")).strip("-").lower()
    address = f"{name[:20].strip('-')}-{zlib.crc32(name.encode()):x}@{host.domain}"
    host.ask("account add", address=address, password="secret")
    return address
