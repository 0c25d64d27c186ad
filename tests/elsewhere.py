"""Another process, for what only another process can show."""

import subprocess
import sys
from collections.abc import Sequence


def elsewhere(words: str, *arguments: object, descriptors: Sequence[int] = ()) -> int:
    """Run Python words in a process of their own; its exit code. `sys.argv[1:]` are the arguments."""
    done = subprocess.run(
        [sys.executable, "-c", words, *map(str, arguments)],
        pass_fds=descriptors,
        timeout=60,
        check=False,
    )
    return done.returncode
