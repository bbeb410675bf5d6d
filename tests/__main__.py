"""`python -m tests`: format, lint, types, import order, then every test; exits non-zero if any of them fails.

Arguments go to pytest: `python -m tests -k shell` runs the checks and those tests only.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

# Two processes, whatever the machine has: worker and crash tests start many of their own. A file stays with one.
PARALLEL = ("-n", "2", "--dist", "loadfile")

CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy", "engine", "web", "workers"),
    ("lint-imports",),
)


def main() -> int:
    """Run all of them even if an early one fails: one run tells everything, pytest's closing line last."""
    failed = [" ".join(check) for check in CHECKS if not _passes(str(BIN / check[0]), *check[1:])]
    if failed:
        print(f"\nFailed before the tests: {', '.join(failed)}\n", flush=True)
    passed = _passes(sys.executable, "-m", "pytest", *PARALLEL, *sys.argv[1:])
    if failed:
        print(f"Failed: {', '.join(failed)}", flush=True)
    return 0 if passed and not failed else 1


def _passes(*command: str) -> bool:
    shown = " ".join((Path(command[0]).name, *command[1:]))
    print(f"== {shown}", flush=True)
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
    print(f"== {shown}: exit {done.returncode} after {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
