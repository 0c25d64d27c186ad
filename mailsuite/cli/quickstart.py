"""`make serve`: a host for trying out, on unprivileged ports, with an account to sign in to.

Written once under `var/`; a second start uses what is there.
"""

import os
import secrets
import socket
import sys
from pathlib import Path

from mailsuite import config as configuration
from mailsuite.cli.asking import carry_out
from mailsuite.cli.commands import Refused
from mailsuite.cli.running import serve_once
from mailsuite.cli.supervising import Supervisor
from mailsuite.config import Config, ConfigError

FILE = Path("var/serve.toml")
PORTS = {
    "smtp": 2525,
    "submission": 2587,
    "submissions": 2465,
    "imap": 2143,
    "imaps": 2993,
    "pop3": 2110,
    "pop3s": 2995,
}
ALL_ADDRESSES = ("0.0.0.0", "::", "*")  # noqa: S104 - what a person may write to mean just that
PASSWORD_OCTETS = 12


def main() -> int:
    """Serve; the exit code."""
    os.umask(0o077)
    host, domain = os.environ.get("HOST", ""), os.environ.get("DOMAIN", "")
    try:
        if FILE.exists():
            config = configuration.load(FILE)
            if host or domain:
                print(f"{FILE} is there already, so HOST and DOMAIN change nothing.")
            told = ""
        else:
            config, told = first_start(host, domain or "example.test")
        print(settings(config, told))
    except (ConfigError, Refused) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    sys.stdout.flush()
    return Supervisor(lambda: serve_once(config)).run()


def first_start(host: str, domain: str) -> tuple[Config, str]:
    """Make the first account; the configuration, and the password, which nobody can read again."""
    text = written(host, domain)
    config = configuration.parse(text, FILE)
    FILE.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    me = f"me@{domain}"
    password = secrets.token_urlsafe(PASSWORD_OCTETS)
    if not any(found["name"] == domain for found in carry_out(config, "domain list", {})):
        carry_out(config, "domain add", {"name": domain})
    if any(found["name"] == me for found in carry_out(config, "account list", {})):
        password = ""
    else:
        account = {"address": me, "password": password, "role": "admin"}
        carry_out(config, "account add", account)
        postmaster = {"address": f"postmaster@{domain}", "targets": [me]}
        carry_out(config, "alias add", postmaster)
    # Last: whatever broke off before is begun again.
    FILE.write_text(text, encoding="utf-8")
    return config, password


def written(host: str, domain: str) -> str:
    """The text of the configuration."""
    listen = "\n".join(
        f"{door} = [{', '.join(endpoint(port, name) for name in interfaces(host))}]"
        for door, port in PORTS.items()
    )
    return (
        "# Written by `make serve`, once; etc/mailsuite.toml explains every key.\n"
        f'hostname = "mail.{domain}"\n'
        'data_dir = "mail"\n'
        f"\n[listen]\n{listen}\n"
    )


def interfaces(host: str) -> tuple[str, ...]:
    """Where to listen: loopback in both families unless told otherwise; "" is everywhere."""
    if host in ALL_ADDRESSES:
        return ("",)
    if host:
        return (host,)
    return ("127.0.0.1", "::1") if _has_ipv6() else ("127.0.0.1",)


def endpoint(port: int, interface: str) -> str:
    """A Twisted endpoint description, as TOML."""
    escaped = interface.replace(":", r"\:")
    return f"'tcp:{port}:interface={escaped}'" if interface else f"'tcp:{port}'"


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def settings(config: Config, password: str) -> str:
    """What a person types into a mail program, and what to try next."""
    domain = config.hostname.partition(".")[2]
    me, host = f"me@{domain}", "127.0.0.1"
    shown = password or "(as printed at the first start; mailsuite account password sets a new one)"
    return f"""\
mailsuite serves {domain} on this machine.

  user      {me}
  password  {shown}

  incoming  IMAP {host} port {PORTS["imaps"]} (SSL/TLS) or {PORTS["imap"]} (STARTTLS)
            POP3 {host} port {PORTS["pop3s"]} (SSL/TLS) or {PORTS["pop3"]} (STARTTLS)
  outgoing  SMTP {host} port {PORTS["submissions"]} (SSL/TLS) or {PORTS["submission"]} (STARTTLS)
  from other hosts: SMTP port {PORTS["smtp"]}
  The certificate vouches for itself only: a mail program asks once whether to trust it.

Try in another terminal (each asks for the password):
  swaks --server {host}:{PORTS["smtp"]} --from you@elsewhere.test --to {me}
  swaks --server {host}:{PORTS["submission"]} --tls --auth PLAIN --auth-user {me} \\
        --from {me} --to {me}
  curl -k imaps://{host}:{PORTS["imaps"]}/INBOX -u {me} -X 'FETCH 1:* (FLAGS ENVELOPE)'
  curl -k pop3s://{host}:{PORTS["pop3s"]}/ -u {me}
  mailsuite --config {FILE} account list

For mbsync, in ~/.mbsyncrc:
  IMAPAccount mailsuite
  Host {host}
  Port {PORTS["imaps"]}
  User {me}
  TLSType IMAPS
  CertificateFile {_shown(config)}
  IMAPStore far
  Account mailsuite
  MaildirStore near
  Path ~/Mail/
  Inbox ~/Mail/INBOX
  SubFolders Verbatim
  Channel all
  Far :far:
  Near :near:
  Patterns *
  Create Both
  Expunge Both
Stop with Ctrl-C.
"""


def _shown(config: Config) -> str:
    pairs = config.tls.pairs
    return str(pairs[0][0] if pairs else config.data_dir / "tls" / "self-signed.pem")


if __name__ == "__main__":
    sys.exit(main())
