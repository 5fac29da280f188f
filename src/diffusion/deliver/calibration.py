"""From a finished calibration to its validation: checks, document, page."""

from __future__ import annotations

from collections.abc import Callable

from diffusion.calibration.fit.run import Calibration
from diffusion.calibration.fit.stages import RunSweeps
from diffusion.calibration.fit.trust import Checks, check_all
from diffusion.calibration.posterior import read_posterior
from diffusion.calibration.validation import validate
from diffusion.report.page.calibration_page import render_calibration
from diffusion.report.words.calibration_words import markdown, parts
from diffusion.storage.manifest import package_version
from diffusion.storage.whole_files import write_whole

#: draws and runs of each, of the fans
FAN_DRAWS, FAN_REPLICATES = 100, 5
DOCUMENT, PAGE = "validation.md", "validation.html"


def check_and_deliver(
    done: Calibration,
    run: RunSweeps,
    tell: Callable[[str], None],
    jobs: int | None = None,
    *,
    command: str = "",
) -> Checks:
    """Carry out what is left of the checks; write validation.md and validation.html into the calibration's folder."""
    found = check_all(done, run, tell)
    posterior = read_posterior(done.folder)
    draws = min(FAN_DRAWS, len(posterior))
    tell(f"fans of all series: {draws} draws, {FAN_REPLICATES} runs of each")
    fans = validate(done.world.evidence, done.world.settings, FAN_REPLICATES, 1, draws, jobs, posterior=posterior)
    shown = parts(done, found)
    write_whole(done.folder / DOCUMENT, markdown(shown, command).encode())
    page = render_calibration(done, found, shown, fans, command, package_version())
    write_whole(done.folder / PAGE, page.encode())
    return found
