"""Which resolvers are asked."""

from pathlib import Path

from mailsuite.dns.exchange import Server
from mailsuite.dns.servers import HERE, choose_servers, parse_resolv_conf


def test_the_configured_ones_come_first_and_alone(tmp_path: Path) -> None:
    assert choose_servers([("192.0.2.53", 5353)], tmp_path / "none") == (
        Server("192.0.2.53", 5353),
    )


def test_the_systems_are_read_as_the_c_library_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# comment\nsearch example.test\nnameserver 192.0.2.1\nnameserver nonsense\n"
        "nameserver\nnameserver 2001:db8::1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
    )
    found = choose_servers([], file)
    assert found == (Server("192.0.2.1"), Server("2001:db8::1"), Server("192.0.2.2"))


def test_without_any_the_one_on_this_machine_is_asked(tmp_path: Path) -> None:
    assert choose_servers([], tmp_path / "none") == (HERE,)
    assert parse_resolv_conf("options edns0\n") == (HERE,)
