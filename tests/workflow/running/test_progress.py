from __future__ import annotations

import io

from csat_models.workflow.running.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(stream: io.StringIO) -> str:
    progress = Progress(stream, total=3, kept=1)
    progress.started("02_b")
    progress.tick()
    progress.finished("02_b", 1.25, None)
    progress.started("03_c")
    progress.finished("03_c", 2.0, "cell [4]: no")
    progress.close()
    return stream.getvalue()


def test_a_file_gets_a_line_per_change():
    assert tell(io.StringIO()).splitlines() == [
        "02_b ...",
        "[2/3] 02_b done (1.2 s)",
        "03_c ...",
        "[3/3] 03_c FAILED (2.0 s)",
        "03_c: cell [4]: no",
    ]


def test_a_terminal_gets_a_live_line_that_is_gone_at_the_end():
    told = tell(Terminal())
    assert "\r\x1b[K[######..............] 1/3 02_b 0 s" in told
    assert told.endswith("\r\x1b[K")
    assert "02_b ...\n" not in told
