"""An aggregate report as XML, read within bounds (RFC 9990 §3.1; threat D12).

Expat alone, with everything refused that could grow: document types, entities, depth, elements.
What old reporters wrote (RFC 7489 and its drafts) is read as well.
"""

from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from attrs import define, field, frozen

DEPTH = 12
ELEMENTS = 500_000
TEXT_CHARACTERS = 1_000  # of one element
ROWS = 2_000  # kept of one report; all are counted
WORDS = frozenset({"pass", "fail", "none", "quarantine", "reject"})


class BadReport(ValueError):  # noqa: N818 - named for what happened
    """No aggregate report that is read; the words say why."""


@frozen
class ReportRow:
    """Messages of one kind."""

    source: str
    messages: int
    disposition: str
    dkim: str  # aligned: pass | fail
    spf: str
    header_from: str = ""
    envelope_from: str = ""
    overridden: str = ""


@frozen
class AggregateReport:
    """One report. Times in seconds UTC."""

    domain: str
    organization: str
    contact: str
    report_id: str
    begins: int
    ends: int
    policy: str
    messages: int
    passed: int
    rows: tuple[ReportRow, ...]


def read_report(octets: bytes) -> AggregateReport:
    """Read a report. Linear, bounded.

    Raises:
        BadReport: it is none.
    """
    builder = _Builder()
    # Nothing that a document says of itself is fetched or put in: no DTD, no entity.
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse("a document type")
    parser.EntityDeclHandler = _refuse("an entity")
    parser.ExternalEntityRefHandler = _refuse("an external entity")
    try:
        parser.Parse(octets.lstrip(), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, BadReport):
            raise
        raise BadReport(f"no XML: {error}") from error
    return builder.report()


def _refuse(what: str) -> Callable[..., Any]:
    def refuse(*_: Any) -> None:
        raise BadReport(f"{what} in a report")

    return refuse


@define
class _Builder:
    """Collects the text of elements by their paths; a record at a time."""

    path: list[str] = field(factory=list)
    words: list[str] = field(factory=list)
    length: int = 0
    elements: int = 0
    found: dict[str, str] = field(factory=dict)
    record: dict[str, str] = field(factory=dict)
    rows: list[ReportRow] = field(factory=list)
    messages: int = 0
    passed: int = 0

    def start(self, name: str, _attributes: Any) -> None:
        self.elements += 1
        self.path.append(name.rpartition("}")[2])
        if len(self.path) > DEPTH or self.elements > ELEMENTS:
            raise BadReport("a report too deep or too long")
        self.words, self.length = [], 0

    def text(self, words: str) -> None:
        if self.length < TEXT_CHARACTERS:
            self.words.append(words[:TEXT_CHARACTERS])
            self.length += len(words)

    def end(self, _name: str) -> None:
        words = "".join(self.words).strip()
        if len(self.path) > 1 and self.path[0] == "feedback":
            where = "/".join(self.path[1:])
            if self.path[1] != "record":
                self.found.setdefault(where, words)
            elif len(self.path) == 2:
                self._finish_record()
            else:
                self.record.setdefault(where.partition("/")[2], words)
        self.path.pop()
        self.words = []

    def _finish_record(self) -> None:
        record, self.record = self.record, {}
        evaluated = "row/policy_evaluated/"
        row = ReportRow(
            record.get("row/source_ip", ""),
            _count(record.get("row/count", "")),
            _word(record, evaluated + "disposition", "none"),
            _word(record, evaluated + "dkim", "fail"),
            _word(record, evaluated + "spf", "fail"),
            record.get("identifiers/header_from", "").lower(),
            record.get("identifiers/envelope_from", "").lower(),
            record.get(evaluated + "reason/type", ""),
        )
        self.messages += row.messages
        self.passed += row.messages if "pass" in {row.dkim, row.spf} else 0
        if len(self.rows) < ROWS:
            self.rows.append(row)

    def report(self) -> AggregateReport:
        found = self.found
        domain = found.get("policy_published/domain", "").lower().rstrip(".")
        if not domain:
            raise BadReport("a report about no domain")
        return AggregateReport(
            domain,
            found.get("report_metadata/org_name", ""),
            found.get("report_metadata/email", ""),
            found.get("report_metadata/report_id", ""),
            _count(found.get("report_metadata/date_range/begin", "")),
            _count(found.get("report_metadata/date_range/end", "")),
            _word(found, "policy_published/p", "none"),
            self.messages,
            self.passed,
            tuple(self.rows),
        )


def _word(found: dict[str, str], where: str, default: str) -> str:
    word = found.get(where, "").lower()
    return word if word in WORDS else default


def _count(words: str) -> int:
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 16 else 0
