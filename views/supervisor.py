"""The second process of `make run`: flask worker, started again whenever it dies."""

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAUSE = 1.0  # seconds before a dead worker is started again
log = logging.getLogger("panel")


class Worker:
    """with Worker(): … – a worker runs as long as the block does."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-supervisor", daemon=True)

    def __enter__(self) -> "Worker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        self._thread.join(timeout=30)

    def _keep(self) -> None:
        # Told, not asked: a worker that is still starting when we are killed would take init for its parent.
        command = [sys.executable, "-m", "flask", "worker", "--parent", str(os.getpid())]
        while not self._stopping.is_set():
            # A group of its own: Ctrl-C is for us, and we end it.
            self._process = subprocess.Popen(command, cwd=ROOT, process_group=0)  # noqa: S603 - our own words
            if self._stopping.is_set():
                self._process.terminate()
            code = self._process.wait()
            if not self._stopping.is_set():
                log.warning("the worker ended with %s and is started again", code)
                self._stopping.wait(PAUSE)
