"""Bring what commands print into the documents up to date.

``python scripts/update_docs.py`` writes the tables of rooms and of ways into docs/architecture.md. ``--demo`` also runs
the comparison that stands in the README (about a minute), and writes its table and its picture; ``--today`` that of
today's England (two to three minutes), and writes its first tables and its answer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import check_floors
import ways

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DIGEST_FILE = ROOT / "src" / "diffusion" / "data" / "results_digest.txt"
PICTURE = ROOT / "docs" / "img" / "adoption.png"
DEMO = "compare baseline tariff test-beds local-first --replicates 200 --seed 1"
TODAY = "compare england-2025 local-first-2026 ten-year-plan --replicates 200 --seed 1"
PICTURE_WIDTH = 1200
#: the picture has few colours; fewer than this many show
PICTURE_COLOURS = 96


def between(text: str, name: str) -> str:
    """Return what stands between the marks of block ``name``."""
    return text.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]


def replaced(text: str, name: str, block: str) -> str:
    """Return ``text`` with block ``name`` replaced."""
    return text.replace(f"<!-- {name} -->\n{between(text, name)}<!-- /{name} -->", _marked(name, block))


def _marked(name: str, block: str) -> str:
    return f"<!-- {name} -->\n{block.rstrip()}\n<!-- /{name} -->"


def rewrite(path: Path, name: str, block: str) -> None:
    """Replace block ``name`` in a document."""
    path.write_text(replaced(path.read_text(encoding="utf-8"), name, block), encoding="utf-8")


def run_comparison(command: str, folder: Path) -> str:
    """Run a comparison into ``folder`` and return what it prints, as far as it is about results."""
    diffusion = Path(sys.executable).with_name("diffusion")
    done = subprocess.run(
        [str(diffusion), *command.split(), "--figures", "--out", str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    lines = [line.rstrip() for line in done.stdout.strip().splitlines()]
    return "\n".join(line for line in lines if not line.startswith("Tables and the page")).strip()


def shortened(printed: str) -> str:
    """Return the adopter shares and the answer of what a comparison prints."""
    tables, words = printed.split("\n\n", 1)
    return tables.split("\nOrganisations using")[0] + "\n\n" + words.split("\nChange: from")[0]


def take_picture(source: Path) -> None:
    """Write a moderate copy of a figure to PICTURE."""
    from PIL import Image

    picture = Image.open(source).convert("RGB")
    size = (PICTURE_WIDTH, round(picture.height * PICTURE_WIDTH / picture.width))
    small = picture.resize(size, Image.Resampling.LANCZOS).quantize(PICTURE_COLOURS, dither=Image.Dither.NONE)
    PICTURE.parent.mkdir(exist_ok=True)
    small.save(PICTURE, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demo", action="store_true", help="also run the demo for the README")
    parser.add_argument("--today", action="store_true", help="also run that of today's England")
    options = parser.parse_args()
    rewrite(ARCHITECTURE, "floors", check_floors.table(check_floors.uses()))
    rewrite(ARCHITECTURE, "ways", ways.table())
    if options.today:
        with tempfile.TemporaryDirectory() as work:
            rewrite(README, "today", f"```\n{shortened(run_comparison(TODAY, Path(work) / 'today'))}\n```")
    if options.demo:
        import results_digest

        with tempfile.TemporaryDirectory() as work:
            table = run_comparison(DEMO, Path(work) / "demo")
            take_picture(Path(work) / "demo" / "figures" / "adoption.png")
        rewrite(README, "demo", f"```\n{table}\n```")
        digest = results_digest.digest()
        rewrite(README, "digest", f"<!-- {digest} -->")
        DIGEST_FILE.write_text(f"{digest}\n", encoding="ascii")


if __name__ == "__main__":
    main()
