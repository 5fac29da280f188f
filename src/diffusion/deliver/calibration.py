"""From a finished calibration to its validation: checks, document, page."""

from __future__ import annotations

from collections.abc import Callable

from diffusion.calibration.fit.checks import not_fitted
from diffusion.calibration.fit.run import Calibration
from diffusion.calibration.fit.stages import RunSweeps, seed_for
from diffusion.calibration.fit.trust import check_all
from diffusion.calibration.validation import validate
from diffusion.ensemble.posterior import read_posterior
from diffusion.report.evidence_words.calibration_asked import Asked, acceptance
from diffusion.report.evidence_words.calibration_words import markdown, parts
from diffusion.report.pages.calibration_page import render_calibration
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
) -> list[Asked]:
    """Carry out what is left of the checks; write validation.md and validation.html into the calibration's folder.

    Returns what was asked of the calibration, with whether it is met.
    """
    found = check_all(done, run, tell)
    posterior = read_posterior(done.folder)
    draws = min(FAN_DRAWS, len(posterior))
    tell(f"fans of all series: {draws} draws, {FAN_REPLICATES} runs of each")
    fans = validate(done.world.evidence, done.world.settings, FAN_REPLICATES, 1, draws, jobs, posterior=posterior)
    held_back = not_fitted(fans, seed_for(done.plan, "points not fitted to"))
    told = parts(done, found, held_back)
    asked = acceptance(done, found, held_back)
    write_whole(done.folder / DOCUMENT, markdown(told, command).encode())
    page = render_calibration(done, found, told, asked, fans, command, package_version())
    write_whole(done.folder / PAGE, page.encode())
    return asked
