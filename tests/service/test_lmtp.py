"""LMTP with a client of somebody else's, over a local socket."""

import smtplib

from tests.service.test_serving import Served, served

__all__ = ["served"]


def test_smtplib_brings_mail(served: Served) -> None:
    served.start()
    assert served.command("domain", "add", "example.test").returncode == 0
    for name in ("ann", "bob"):
        words = ("account", "add", f"{name}@example.test", "--password-stdin")
        assert served.command(*words, given="a long secret\n").returncode == 0
    with smtplib.LMTP(str(served.doors["lmtp"])) as client:
        refused = client.sendmail(
            "x@y.example", ["ann@example.test", "no@example.test"], b"Subject: x\r\n\r\nhello\r\n"
        )
        assert refused == {"no@example.test": (550, b"5.1.1 No such user here")}
        client.mail("x@y.example")
        for name in ("ann", "bob"):
            assert client.rcpt(f"{name}@example.test")[0] == 250
        assert client.data(b"Subject: y\r\n\r\nhello\r\n")[0] == 250
        # `data` reads the first recipient's reply; here is the second's.
        assert client.getreply()[0] == 250
        assert client.noop()[0] == 250
    assert served.told().count("as LMTP for") == 3
