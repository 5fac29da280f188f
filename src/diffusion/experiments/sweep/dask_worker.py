"""Loaded by local Dask workers when they start. Ctrl-C is for the process that the user started, which stops them."""

import signal
import threading

from diffusion.safe_path import pass_over_settings

pass_over_settings()

if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
