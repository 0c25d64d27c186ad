"""What is fetched, from whom, and what is not."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor

from mailsuite.wire.fetching import (
    Fetched,
    Fetcher,
    FetchFailed,
    NotAllowed,
    NotTrusted,
    TooLarge,
    split,
)
from mailsuite.wire.tls import Pair
from tests.https import Https, ok
from tests.wire.test_tls import Authority

running: Any = reactor
NAME = "files.a.test"
Opens = Callable[..., Https]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.issue("files", NAME)


@pytest.fixture
def serve(pair: Pair) -> Iterator[Opens]:
    opened: list[Https] = []

    def serving(answer: bytes | None, shown: Pair = pair) -> Https:
        opened.append(Https(running, shown, lambda *_: answer))
        return opened[-1]

    yield serving
    for one in opened:
        pytest_twisted.blockon(one.close())


def fetcher(server: Https, authority: Authority | None, *addresses: str, **how: Any) -> Fetcher:
    async def resolve(name: str) -> tuple[str, ...]:
        assert name == NAME
        return addresses or ("127.0.0.1",)

    how.setdefault("allow_private", True)
    ca_file = None if authority is None else authority.file
    return Fetcher(running, resolve, ca_file, port=server.port, **how)


def got(fetcher: Fetcher, most: int = 100, seconds: float = 5.0) -> Awaitable[Fetched]:
    return fetcher.get(f"https://{NAME}/x?y=z", most_octets=most, seconds=seconds)


@pytest_twisted.ensureDeferred
async def test_a_document_comes_from_its_host(serve: Opens, authority: Authority) -> None:
    server = serve(ok(b"hello", b"Text/Plain; charset=utf-8"))
    assert await got(fetcher(server, authority)) == Fetched(200, "text/plain", b"hello")
    assert server.asked == [(b"GET", b"/x?y=z", b"")]
    assert server.hosts == [NAME.encode()]


@pytest_twisted.ensureDeferred
async def test_a_document_is_posted(serve: Opens, authority: Authority) -> None:
    server = serve(ok(b"", status=b"201 Created"))
    answer = await fetcher(server, authority).post(
        f"https://{NAME}/in", b"{}" * 50_000, "application/json", most_octets=10, seconds=5
    )
    assert answer.status == 201
    assert server.asked == [(b"POST", b"/in", b"{}" * 50_000)]


@pytest.mark.threat("H6")
@pytest_twisted.ensureDeferred
async def test_nothing_is_redirected(serve: Opens, authority: Authority) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    server = serve(moved)
    assert (await got(fetcher(server, authority))).status == 302
    assert len(server.asked) == 1


@pytest.mark.threat("H6")
@pytest_twisted.ensureDeferred
async def test_a_name_that_leads_inside_is_not_asked(serve: Opens, authority: Authority) -> None:
    server = serve(ok(b"secret"))
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "10.0.0.1"):
        with pytest.raises(NotAllowed):
            await got(fetcher(server, authority, address, allow_private=False))
    assert server.connections == []


@pytest.mark.threat("H6")
@pytest_twisted.ensureDeferred
async def test_the_address_that_was_checked_is_the_one_that_is_asked(
    serve: Opens, authority: Authority
) -> None:
    """DNS that changes its mind is asked once: its second answer would be loopback."""
    server, asked = serve(ok(b"secret")), []

    async def resolve(name: str) -> tuple[str, ...]:
        asked.append(name)
        return ("192.0.2.1",) if len(asked) == 1 else ("127.0.0.1",)

    made = Fetcher(running, resolve, authority.file, port=server.port)
    with pytest.raises(NotAllowed):
        await got(made)
    assert len(asked) == 1
    assert server.connections == []


@pytest.mark.threat("H6")
@pytest.mark.parametrize(
    "url",
    [
        "http://a.test/", "ftp://a.test/", "file:///etc/passwd", "https://127.0.0.1/",
        "https://[::1]/", "https://2130706433/", "https://localhost/", "https://a@b.test/",
        "https://a:b@b.test/", "https:///x", "https://a.test:0/", "https://a.test:99999/",
        "https://a.test/\r\nX: y", "https://a.test/ x", "https://a.test/\N{EURO SIGN}",
        "https://a.test/" + "x" * 2_000, "", "https://[", "//a.test/",
    ],
)  # fmt: skip
def test_what_is_no_url_of_ours(url: str) -> None:
    with pytest.raises(NotAllowed):
        split(url)


@pytest.mark.threat("T1")
@pytest.mark.threat("T6")
@pytest_twisted.ensureDeferred
async def test_a_certificate_must_hold_for_the_name(
    serve: Opens, authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path)
    for shown, trusted in (
        (authority.issue("other", "other.a.test"), authority),
        (authority.issue("expired", NAME, days=1), authority),
        (stranger.issue("files", NAME), authority),
        (authority.issue("good", NAME), None),
    ):
        server = serve(ok(b"policy"), shown)
        with pytest.raises(NotTrusted):
            await got(fetcher(server, trusted))
        assert server.asked == []


@pytest.mark.threat("H6")
@pytest_twisted.ensureDeferred
async def test_size_header_and_time_are_bounded(serve: Opens, authority: Authority) -> None:
    assert (await got(fetcher(serve(ok(b"x" * 100)), authority))).body == b"x" * 100
    with pytest.raises(TooLarge):
        await got(fetcher(serve(ok(b"x" * 101)), authority))
    endless = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000
    with pytest.raises(FetchFailed):
        await got(fetcher(serve(endless), authority))
    with pytest.raises(FetchFailed, match="in time"):
        await got(fetcher(serve(None), authority), seconds=0.05)
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"
    with pytest.raises(FetchFailed, match="broke off"):
        await got(fetcher(serve(begun), authority))
    unmeasured = b"HTTP/1.0 200 OK\r\n\r\nversion: STSv1"
    with pytest.raises(FetchFailed, match="without its length"):
        await got(fetcher(serve(unmeasured), authority))


@pytest_twisted.ensureDeferred
async def test_the_next_address_is_tried(serve: Opens, authority: Authority) -> None:
    server = serve(ok(b"hello"))
    made = fetcher(server, authority, "127.0.0.99", "127.0.0.1")
    assert (await got(made)).body == b"hello"


@pytest_twisted.ensureDeferred
async def test_what_no_server_says_is_told_in_words(serve: Opens, authority: Authority) -> None:
    with pytest.raises(FetchFailed, match=NAME):
        await got(fetcher(serve(b"this is no HTTP\r\n\r\n"), authority))
    with pytest.raises(FetchFailed, match=NAME):
        await got(fetcher(serve(ok(b"")), authority, "127.0.0.98"))
