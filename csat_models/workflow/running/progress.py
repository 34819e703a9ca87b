"""What a run tells while it goes on: one live line, or a line per change."""

from __future__ import annotations

import time
from typing import TextIO


class Progress:
    """Shows how far a run has come.

    Parameters
    ----------
    stream : TextIO
        Where to; a terminal gets one line that is kept up to date, anything
        else a line for each change.
    total : int
        Number of notebooks.
    kept : int
        How many of them need not be run.
    """

    def __init__(self, stream: TextIO, total: int, kept: int = 0) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._total = total
        self._done = kept
        self._running: dict[str, float] = {}

    def started(self, name: str) -> None:
        """Tell that a notebook is being run."""
        self._running[name] = time.monotonic()
        if not self._live:
            self._say(f"{name} ...")
        self.tick()

    def finished(self, name: str, seconds: float, failure: str | None) -> None:
        """Tell how a notebook's run ended."""
        self._running.pop(name, None)
        self._done += 1
        verdict = "done" if failure is None else "FAILED"
        self._say(f"[{self._done}/{self._total}] {name} {verdict} ({seconds:.1f} s)")
        if failure is not None:
            self._say(f"{name}: {failure}")
        self.tick()

    def say(self, text: str) -> None:
        """Tell something else."""
        self._say(text)

    def tick(self) -> None:
        """Bring the live line up to date."""
        if not self._live or not self._running:
            return
        now = time.monotonic()
        width = 20
        filled = width * self._done // max(self._total, 1)
        running = ", ".join(f"{name} {now - then:.0f} s" for name, then in self._running.items())
        bar = f"[{'#' * filled}{'.' * (width - filled)}] {self._done}/{self._total}"
        self._stream.write(f"\r\x1b[K{bar} {running}")
        self._stream.flush()

    def close(self) -> None:
        """Remove the live line."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _say(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}\n" if self._live else f"{text}\n")
        self._stream.flush()
