"""Say that the packaged posterior is of the engine as it is: ``python scripts/stamp_posterior.py``.

To be run after ``update_docs.py --demo`` where results changed. Draws of the posterior are run again and compared with
what they gave (calibration/guard.py); where a mean has moved by more than .03 nothing is written, and ``diffusion
calibrate`` has to run again.
"""

from __future__ import annotations

from diffusion.calibration.guard import MOST_MOVED, moved, other_evidence, point_means
from diffusion.ensemble.posterior import engine_digest, packaged_posterior, write_posterior
from diffusion.evidence.reading import packaged_evidence
from diffusion.paths import DATA


def main() -> None:
    posterior = packaged_posterior()
    assert posterior is not None
    if not posterior.stale:
        print("the posterior is of this engine")
        return
    evidence = packaged_evidence()
    if others := other_evidence(posterior, evidence):
        raise SystemExit(f"was fitted with another {', '.join(others)}: 'diffusion calibrate' has to run again")
    now = point_means(posterior, evidence)
    if far := moved(posterior, now, evidence):
        raise SystemExit("\n".join(f"{name}: moved by {by:+.3f}" for name, by in far.items()))
    furthest = max(abs(now[name] - before) for name, before in posterior.facts["guard"].items())
    write_posterior(posterior.columns, {**posterior.facts, "digest": engine_digest()}, DATA / "posterior")
    print(f"no mean has moved by more than {furthest:.4f} (at most {MOST_MOVED}); now of {engine_digest()}")


if __name__ == "__main__":
    main()
