"""Reads real mail for training and judging the spam filter.

A corpus is a folder, or a .tar.gz, of folders: a message is spam where its folder's name begins with
"spam", and good elsewhere. Each file is one message, a leading mbox "From " line is left out.
"""
import hashlib
import re
import tarfile
from pathlib import Path

MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
DATE = re.compile(rb"(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d\d:\d\d:\d\d)")
ARRIVED = re.compile(rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})")


class Mail:
    """One message of a corpus."""

    def __init__(self, name, octets):
        head, _, rest = octets.partition(b"\n")
        is_mbox = head.startswith(b"From ")
        self.name = name
        self.is_spam = name.startswith("spam")
        plain = rest if is_mbox else octets
        self.octets = plain.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.month = _date(head, self.octets)
        body = self.octets.partition(b"\r\n\r\n")[2]
        # Equal but for digits and white space: kept on one side of every split.
        self.same = hashlib.sha256(re.sub(rb"[\s\d]+", b"", body)).hexdigest()


def _date(head, octets):
    """When the collector got it, only to put mail in order: by its own trace, never by Date."""
    found = ARRIVED.search(head)
    if found:
        month, day, time, year = found.groups()
    else:
        header = octets.partition(b"\r\n\r\n")[0]
        received = header.lower().find(b"received:")
        found = DATE.search(header, max(received, 0))
        if not found:
            return (0, 0, 0, "")
        day, month, year, time = found.groups()
    return (int(year), MONTHS.index(month) + 1, int(day), time.decode())


def read_corpus(place):
    """Every message, in the order of its file names."""
    place = Path(place)
    if place.is_dir():
        files = sorted(p for p in place.rglob("*.eml"))
        return [Mail(f"{p.parent.name}/{p.name}", p.read_bytes()) for p in files]
    mails = []
    with tarfile.open(place) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if member.isfile():
                mails.append(Mail(member.name.removeprefix("./"), archive.extractfile(member).read()))
    return mails
