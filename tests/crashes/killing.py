"""Who kills: processes with -9, Valkey with -9 or emptied, the house as a whole; at random, by a seed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from redis import Redis
from redis.exceptions import RedisError

from engine.settings import Settings
from tests.crashes.house import standing
from tests.processes import PATIENCE, ROOT, environment

WORKERS = ("sweep0", "bulk0", "imports0", "relay0", "standing0")
ROUND = ("web", "sweep0", "imports0", "emptied", "web", "bulk0", "valkey", "relay0", "cron", "web", "workers", "house")


class House:
    """The processes under test, by the program that keeps them running."""

    def __init__(self, settings: Settings, folder: Path, processes: int = 1) -> None:
        self.settings, self.folder, self.processes = settings, folder, processes
        self.pids, self.log = folder / "pids", folder / "house.log"
        self.pids.mkdir(exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what an earlier one left behind ends by itself."""
        for name in standing(self.pids):
            (self.pids / name).unlink()
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crashes.house", str(self.pids), str(self.processes)],
                env=environment(self.settings),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def stop(self) -> int:
        """In order; its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill("house")
            raise
        finally:
            self._process = None

    def kill(self, whom: str) -> bool:
        """Kill -9, or empty Redis; whether there was anybody to kill."""
        if whom == "emptied":
            return self._redis(lambda redis: redis.flushall())
        if whom == "valkey":
            return self._redis(lambda redis: os.kill(int(redis.info("server")["process_id"]), signal.SIGKILL))
        if whom == "house":
            assert self._process is not None
            self._process.kill()
            self._process.wait()
            self.start()
            return True
        names = WORKERS if whom == "workers" else (whom,)
        return sum(self._kill(name) for name in names) > 0

    def _kill(self, name: str) -> bool:
        pid = standing(self.pids).get(name)
        with contextlib.suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def _redis(self, act: Callable[[Redis], object]) -> bool:
        redis = Redis.from_url(self.settings.redis_url, socket_timeout=2)
        try:
            act(redis)
        except (RedisError, OSError):
            return False
        finally:
            redis.close()
        return True


class Killer:
    """Kills in a thread of its own while `is_busy`, at random moments, until its kills are used up or it is told."""

    def __init__(self, house: House, kills: int, every: float, seed: int, is_busy: Callable[[], bool]) -> None:
        self.house, self.kills, self.every, self.is_busy = house, kills, every, is_busy
        self.done: Counter[str] = Counter()
        self.failed: BaseException | None = None
        self._random = Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def left(self) -> int:
        """Kills not yet done."""
        return self.kills - self.done.total()

    def stop(self) -> None:
        """After the present kill; raises what went wrong in it."""
        self._over.set()
        self._thread.join()
        if self.failed is not None:
            raise self.failed

    def _run(self) -> None:
        try:
            while self.left > 0:
                for whom in self._random.sample(ROUND, len(ROUND)):
                    if self._over.wait(self._random.uniform(0.2, 1.8) * self.every) or self.left <= 0:
                        return
                    self._once(whom)
        except BaseException as error:
            self.failed = error

    def _once(self, whom: str) -> None:
        while not self.is_busy():
            if self._over.wait(0.01):
                return
        time.sleep(self._random.uniform(0, 0.05))
        while not self.house.kill(whom):  # it is dead already: wait until it lives again
            if self._over.wait(0.05):
                return
        self.done[whom] += 1
