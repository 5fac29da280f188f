"""Loaded by local Dask workers when they start: what is left out, and who hears Ctrl-C."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Worker

from diffusion.safe_path import pass_over_settings

pass_over_settings()

if threading.current_thread() is threading.main_thread():
    # it is for the process that the user started, which stops these
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def dask_setup(worker: Worker) -> None:
    """Stop what shows pages to browsers: nobody looks, and it would listen to everybody."""
    worker.http_server.stop()
