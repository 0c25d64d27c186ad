"""What happens to a message before it is stored: a file a stage, in the order listed here.

Each stage takes the `Letter`, and either returns, or raises the `MailError` that its sender is
answered with. They run together in one job of the parse pool: none may wait for anything.
"""

from collections.abc import Callable

from mailsuite.intake.letter import Letter
from mailsuite.intake.stages.binary import encode_binary
from mailsuite.intake.stages.forged import remove_forged
from mailsuite.intake.stages.limits import check_header
from mailsuite.intake.stages.loops import check_loops
from mailsuite.intake.stages.octets import check_octets
from mailsuite.intake.stages.sevenbit import convert_eightbit
from mailsuite.intake.stages.signing import sign
from mailsuite.intake.stages.submission import complete_submission
from mailsuite.intake.stages.terms import read_terms
from mailsuite.intake.stages.trace import write_trace

STAGES: tuple[Callable[[Letter], None], ...] = (
    encode_binary,
    check_octets,
    check_header,
    convert_eightbit,
    check_loops,
    remove_forged,
    complete_submission,
    read_terms,
    write_trace,
    sign,
)
