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
ANYWHERE = "192.0.2.1"  # RFC 5737: stands for any host outside
FORGOTTEN = "(as printed at the first start; mailsuite account password sets a new one)"
SETTINGS = """\
mailsuite serves {domain} on this machine.

  user      {me}
  password  {password}

  incoming  IMAP {host} port {imaps} (SSL/TLS) or {imap} (STARTTLS)
            POP3 {host} port {pop3s} (SSL/TLS) or {pop3} (STARTTLS)
  outgoing  SMTP {host} port {submissions} (SSL/TLS) or {submission} (STARTTLS)
  from other hosts: SMTP port {smtp}{elsewhere}
  The certificate vouches for itself only: a mail program asks once whether to trust it.

Try in another terminal, in this folder (where a password is wanted, you are asked for it):
  swaks --server {host}:{smtp} --from you@elsewhere.test --to {me}
  swaks --server {host}:{submission} --tls --auth PLAIN --auth-user {me} \\
        --from {me} --to {me}
  curl -k -u {me} 'imaps://{host}:{imaps}/INBOX' -X 'FETCH 1:* (FLAGS ENVELOPE)'
  curl -k -u {me} 'pop3s://{host}:{pop3s}/1'
  printf 'From: {me}\\nSubject: Hello\\n\\nHello.\\n' | \\
        curl -k -u {me} 'smtps://{host}:{submissions}' --crlf -T - \\
        --mail-from {me} --mail-rcpt {me}
  {mailsuite} --config {file} account list
  {mailsuite} --config {file} account add friend@{domain}

For mbsync: these lines in ~/.mbsyncrc, then mkdir -p ~/Mail && mbsync all
  # From isync 1.5 on, SSLType is called TLSType.
  IMAPAccount mailsuite
  Host {host}
  Port {imaps}
  User {me}
  SSLType IMAPS
  CertificateFile {certificate}

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
        # Who tries it out is on a network whose addresses have no names that lead back.
        '\n[repute]\ngreylist = "off"\n'
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
    words = {
        "domain": domain,
        "me": f"me@{domain}",
        "host": reached_at(config),
        "password": password or FORGOTTEN,
        "certificate": _certificate(config),
        "mailsuite": _beside("mailsuite"),
        "file": FILE,
        "elsewhere": _elsewhere(config),
        **PORTS,
    }
    return SETTINGS.format_map(words)


def reached_at(config: Config) -> str:
    """The address that programs on this machine use."""
    interface = config.listen.imaps[0].partition("interface=")[2].replace("\\:", ":")
    return interface or "127.0.0.1"


def _elsewhere(config: Config) -> str:
    """Where a phone finds this machine."""
    if "interface=" in config.listen.imaps[0]:
        return ""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the kernel only says from which address it would be.
            probe.connect((ANYWHERE, 9))
        except OSError:
            return ""
        return f"\n  From a phone in the same network: {probe.getsockname()[0]}, the same ports."


def _beside(program: str) -> str:
    """A program of the same environment, as it can be typed here."""
    path = Path(sys.executable).with_name(program)
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _certificate(config: Config) -> str:
    pairs = config.tls.pairs
    return str(pairs[0][0] if pairs else config.data_dir / "tls" / "self-signed.pem")


if __name__ == "__main__":
    sys.exit(main())
