"""Pages of regions: from finished runs to what a folder keeps, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.analysis.regions.tables import RegionTables, region_data
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.deliver.outbox import Manifest, Outbox
from diffusion.errors import InputError
from diffusion.report.regions.stored import (
    BY_MONTH,
    BY_STAGE,
    ENTRY,
    MONEY,
    Kept,
    read_regions,
    region_entries,
    region_makers,
    regions_of,
)
from diffusion.report.words.labels import scenario_labels
from diffusion.storage.columns import scenario_names
from diffusion.storage.folder import TABLES
from diffusion.storage.table_files import needed_table, write_table
from diffusion.world.regions import Region, groups_of, named_groups, seems_file, several_named

if TYPE_CHECKING:
    from diffusion.deliver.for_readers import View, Writer
    from diffusion.world.tables import World


#: The part of the manifest on what a world of one region alone leaves out.
LEFT_OUT = "left_out"


def outside_of(results: Sequence[ResultTables]) -> list[str]:
    """Return what the worlds of these results leave out, where they are regions, as sentences for the page."""
    from diffusion.scenario.felt.left_out import left_out
    from diffusion.scenario.schema import Scenario

    found: dict[str, list[str]] = {}
    for label, result in zip(scenario_labels(results), results):
        if isinstance(result.scenario, Scenario):
            for text in left_out(result.scenario, result.world):
                found.setdefault(text, []).append(label)
    return [
        f"{text[:1].upper()}{text[1:]}." if len(whose) == len(results) else f"{', '.join(whose)}: {text}."
        for text, whose in found.items()
    ]


def collect(results: Sequence[ResultTables], regions: Sequence[Region]) -> list[Kept]:
    """Return what is kept of regions, from runs that kept trusts apart."""
    return [
        (region, [RegionTables(table, region, region_data(table, region)) for table in results]) for region in regions
    ]


def entries_of(kept: Sequence[Kept]) -> dict[str, object]:
    """Return what the manifest says of regions."""
    return {ENTRY: region_entries([region for region, _ in kept])}


def write_regions(kept: Sequence[Kept], results: Sequence[ResultTables], folder: Path) -> None:
    """Write the tables of regions into ``folder``, where there are any."""
    if kept:
        for name, columns in region_makers(kept, scenario_names(results)).items():
            write_table(columns, folder, name, csv=False)


def stored_regions(
    folder: Path, manifest: Manifest, results: Sequence[ResultTables], wanted: Sequence[str] = ()
) -> tuple[list[Kept], list[Kept]]:
    """Return the regions that a finished folder keeps, and those ``wanted``.

    They are named as when they were run, lists of trusts by their file or its name alone; all are wanted where none is
    named.

    Raises
    ------
    InputError
        One of them was not kept, or several are meant.
    """
    regions = regions_of(manifest.get(ENTRY) or [])
    chosen = {_stored(text, regions, results[0].world, folder) for text in wanted}
    if not regions:
        return [], []
    frames = {name: needed_table(folder / TABLES, name) for name in (BY_MONTH, BY_STAGE, MONEY)}
    kept = read_regions(frames, regions, results, scenario_names(results))
    return kept, [each for each in kept if not chosen or each[0] in chosen]


def _stored(text: str, regions: Sequence[Region], world: World, folder: Path) -> Region:
    key = text.strip().casefold()
    for region in regions:
        if key in (region.name.casefold(), region.code.casefold() or None):
            return region
    lists = [region for region in regions if not region.is_group]
    if seems_file(text.strip()):
        found = [region for region in lists if region.title.casefold() == Path(key).stem]
    else:
        meant = {(group.grouping, group.code) for group in named_groups(text, groups_of(world))}
        found = [region for region in regions if (region.grouping, region.code) in meant]
        found = found or [region for region in lists if region.title.casefold() == key]
    if len(found) > 1:
        raise several_named(text, found, "--region", world)
    if found:
        return found[0]
    names = [region.name for region in regions]
    raise InputError(
        f"this result does not keep region '{text}'",
        file=folder,
        key="--region",
        expected=f"one of {', '.join(names)}" if names else "a result that was run with --region",
        suggestion=f"run the command of this folder again with --region {text}",
    )


def page_name(region: Region) -> str:
    """Return the file of a region's page."""
    return f"region-{region.name}.html"


def region_links(view: View) -> list[tuple[str, str]]:
    """Return file and title of the page of each region."""
    from diffusion.report.regions.region_words import full_title

    return [(page_name(region), full_title(region, view.tables)) for region, _ in view.regions]


def print_regions(box: Outbox, kept: Sequence[Kept], results: Sequence[ResultTables], comparison: Comparison) -> None:
    """Print the answer for each region, and where its page is if one is written."""
    from diffusion.report.regions.region_answer import all_sentences
    from diffusion.report.regions.region_words import full_title

    for region, own in kept:
        box.console.print(f"\n{full_title(region, results)}", style="bold", markup=False, highlight=False)
        for sentence in all_sentences(region, own, results, comparison):
            box.console.print(sentence, markup=False, highlight=False)
        if box.out is not None:
            box.console.print(f"Its page: {box.out / page_name(region)}", markup=False, highlight=False, soft_wrap=True)


def region_writers(view: View) -> dict[str, Writer]:
    """Return file name -> what writes it, of the page of each region."""
    return {page_name(region): partial(_write, view, region, own) for region, own in view.regions}


def region_page(view: View, region: Region, own: Sequence[RegionTables]) -> str:
    """Return the page of a region as HTML text."""
    from diffusion.report.regions.region_page import render_region

    return render_region(region, own, view.tables, view.comparison, view.reproduction, view.left_out)


def _write(view: View, region: Region, own: Sequence[RegionTables], path: Path) -> None:
    from diffusion.deliver.outbox import write_page

    write_page(region_page(view, region, own), path)
