"""What checking a result folder costs: ``python scripts/checksum_cost.py DIR`` times checks and the whole report.

Times are processor seconds of this process, the least of five for the checks.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from diffusion.deliver.rebuild import rebuild
from diffusion.storage.manifest import open_result


def main(folder: Path) -> None:
    """Print the seconds of both, and the share."""
    checks = []
    for _ in range(5):
        began = time.process_time()
        found = open_result(folder)
        checks.append(time.process_time() - began)
    with tempfile.TemporaryDirectory() as out:
        began = time.process_time()
        rebuild(folder, out=Path(out) / "page")
        whole = time.process_time() - began
    size = sum((folder / name).stat().st_size for name in found.manifest["files"] if (folder / name).is_file())
    files = len(found.manifest["files"])
    print(f"{files} files, {size / 1e6:.1f} MB: checks {min(checks):.3f} s, report {whole:.2f} s", end="")
    print(f", {100 * min(checks) / whole:.1f} %")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
