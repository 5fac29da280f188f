"""Tasks for a helper, named with --python: what they do is what a test wants to see."""

import os
import sys
import time

from diffusion.errors import InputError


def answer(given, talk):
    talk.tell(seen=given)
    return {"pid": os.getpid(), **given}


def work(given, talk):
    """Go on for so many seconds; stop when asked to, unless it is ``deaf``."""
    end = time.monotonic() + given["seconds"]
    while time.monotonic() < end:
        time.sleep(0.01)
        if not given.get("deaf"):
            talk.tell(at=time.monotonic())
    return {"worked": given["seconds"]}


def die(given, talk):
    os._exit(3)


def wrong(given, talk):
    raise InputError("this is wrong", key="months", expected="another", suggestion="write 12")


def fault(given, talk):
    return {"not for JSON": {1, 2}}


def noise(given, talk):
    print("printed in between")
    os.write(1, b"written in between\n")
    return {}


def inputs(given, talk):
    from pathlib import Path

    from diffusion.reading.files import _inputs, note_input

    before = len(_inputs.get())
    note_input(Path(given["path"]))
    return {"before": before}


sys.modules["__main__"].TASKS.update(
    {name: f"{__name__}:{name}" for name in ("answer", "work", "die", "wrong", "fault", "noise", "inputs")}
)
