"""`python -m web`: one web process, told by the environment what it serves (see `engine.settings`)."""

from __future__ import annotations

import sys

from engine import settings, wiring
from engine.errors import DunflowError
from web.serving import THREADS, serve


def main() -> int:
    """Serve; a problem of one's own surroundings is one line, not a trace."""
    try:
        serve(wiring.build(settings.read(), pool_size=THREADS))
    except DunflowError as error:
        sys.stderr.write(f"{error.message()}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
