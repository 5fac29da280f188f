"""From scenarios to a finished result folder: run, compare, write, print."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.analysis.results.compare import Comparison, compare_outcomes
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.page.equity_section import equity_comparison
from diffusion.storage.appraisal_columns import more_makers
from diffusion.storage.columns import scenario_names, table_makers
from diffusion.storage.folder import MANIFEST_NAME, check_replaceable, result_folder
from diffusion.storage.manifest import DISTRIBUTION, build_manifest, git_text, package_version, source_state
from diffusion.storage.page_data import kept_makers
from diffusion.storage.table_files import checksums, write_events, write_table

if TYPE_CHECKING:
    from rich.console import Console

    from diffusion.experiments.searches.spending import Budget, Spending
    from diffusion.progress import Report

#: Tables with a row per replicate and month, or per trust and month, are Parquet only: as CSV they are too long.
PARQUET_ONLY = ("monthly", "by_trust", "end_by_group", "money_by_replicate")


def run_and_deliver(
    scenarios: Sequence[Any], *, replicates: int, seed: int, out: Path | str | None, jobs: int | None = None,
    events: bool = False, precision: float | None = None, force: bool = False, console: Console | None = None,
    command: Sequence[str] = (), budget: Budget | None = None, most_replicates: int | None = None,
) -> None:  # fmt: skip
    """Run ``scenarios`` on common draws, print the comparison and write it to the folder ``out``.

    ``precision`` is the wanted half width of the 95 % interval of the adopter share's change, in percentage points.
    With ``most_replicates`` runs are added until it is reached, up to so many; without, what is missing is told.
    With a ``budget`` all scenarios but the first are scaled to it before they are run and compared. With ``out`` None
    nothing is written. An interrupt leaves nothing behind.

    Raises
    ------
    InputError
        If ``out`` must not be replaced; nothing has been computed by then.
    """
    from rich.console import Console

    from diffusion.experiments.searches.precision import add_until_precise
    from diffusion.experiments.searches.spending import fit_scenarios, print_spending, spending
    from diffusion.report.terminal.comparison_table import print_comparison
    from diffusion.report.terminal.progress_bars import compile_kernels, progress_bars

    console = console or Console()
    began = time.perf_counter()
    folder = None if out is None else Path(out)
    if folder is not None:
        check_replaceable(folder, force)
    with progress_bars(console) as report:
        fits = None
        if budget is not None:
            compile_kernels(report)
            scenarios, fits = fit_scenarios(scenarios, budget, replicates, seed, jobs, report)
        results = simulate(scenarios, replicates, seed, jobs, events, report)
        precise = None
        if precision is not None and most_replicates is not None and len(results) > 1:
            precise = add_until_precise(results, precision, most_replicates, jobs, report)
            results = precise.results
        comparison = compare_outcomes(results, precision)
        bought = None if fits is None else spending(results, fits)
        if folder is not None:
            deliver(
                results, comparison, folder, force=force, command=command, began=began, report=report, bought=bought
            )
    print_comparison(console, results, comparison)
    if precise is not None:
        console.print(precise.sentence)
    if bought is not None:
        print_spending(console, results, comparison, bought)
    if folder is not None:
        console.print(f"\nTables, figures and the page: {folder / 'index.html'}", soft_wrap=True)


def simulate(
    scenarios: Sequence[Any], replicates: int, seed: int, jobs: int | None, events: bool, report: Report
) -> list[Any]:
    """Run the scenarios on common draws; compiling kernels shows as progress of its own."""
    from diffusion.experiments.running.runner import compare
    from diffusion.report.terminal.progress_bars import compile_kernels

    compile_kernels(report)
    total = len(scenarios) * replicates
    return list(
        compare(
            scenarios,
            replicates=replicates,
            seed=seed,
            jobs=jobs,
            events=events,
            progress=lambda done: report("Running", done, total),
        )
    )


def deliver(
    results: Sequence[ResultTables],
    comparison: Comparison,
    out: Path,
    *,
    force: bool = False,
    command: Sequence[str] = (),
    began: float | None = None,
    report: Report = lambda what, done, total: None,
    bought: Sequence[Spending] | None = None,
) -> None:
    """Write tables, figures, page and manifest of finished runs to the folder ``out``, all or nothing.

    ``bought`` is what a budget came to, by scenario from the second on; None where no budget was asked for.
    """
    began = time.perf_counter() if began is None else began
    source = source_state()
    with result_folder(out, force) as draft:
        write_tables(results, comparison, draft / "tables", report)
        if bought is not None:
            from diffusion.experiments.searches.spending import spending_columns, spending_data

            write_table(spending_columns(bought, scenario_names(results)), draft / "tables", "budget")
        write_pictures_and_page(results, comparison, draft, command, source, report, bought)
        manifest = build_manifest(
            results,
            command=command,
            duration_seconds=time.perf_counter() - began,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            files=checksums(draft),
            source=source,
        )
        if len(results) > 1:
            manifest["wanted_half_width_pp"] = comparison.difference(MAIN_OUTCOME, 1).precision
        if bought is not None:
            manifest["budget"] = spending_data(bought)
        text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
        (draft / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def write_tables(
    results: Sequence[ResultTables],
    comparison: Comparison,
    folder: Path,
    report: Report = lambda what, done, total: None,
) -> None:
    """Write every table into ``folder``, and the events of runs that kept them."""
    makers = table_makers(results, comparison) | more_makers(
        results, comparison, equity_comparison(results, comparison)
    )
    makers |= kept_makers(results)
    for done, (name, make) in enumerate(makers.items()):
        report("Writing tables", done, len(makers))
        write_table(make(), folder, name, csv=name not in PARQUET_ONLY and not name.startswith("world_"))
    for name, result in zip(scenario_names(results), results):
        events = getattr(result, "events", None)
        if events is not None:
            safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)
            write_events(events, name, folder / f"events_{safe}.parquet")
    report("Writing tables", len(makers), len(makers))


def write_pictures_and_page(
    results: Sequence[ResultTables],
    comparison: Comparison,
    folder: Path,
    command: Sequence[str],
    source: dict[str, Any] | None,
    report: Report,
    bought: Sequence[Spending] | None = None,
) -> None:
    """Write the figures and the page."""
    from diffusion.deliver.rebuild import PAGE, WORKBOOK, about_lines, workbook_from_folder
    from diffusion.report.figures.result_figures import figure_makers
    from diffusion.report.figures.style import save
    from diffusion.report.page.result_page import Reproduction, render_page
    from diffusion.report.words.labels import scenario_labels

    makers = figure_makers(results)
    pictures = folder / "figures"
    pictures.mkdir()
    for done, (name, make) in enumerate(makers.items()):
        report("Drawing", done, len(makers) + 1)
        save(make(), pictures, name)
    report("Drawing", len(makers), len(makers) + 1)
    reproduction = Reproduction(
        shlex.join(command),
        f"{DISTRIBUTION} {package_version()}",
        git_text(source),
        tuple((label, result.scenario.content_hash) for label, result in zip(scenario_labels(results), results)),
        tuple((f"Data: {part}", origin) for part, origin in results[0].world.provenance.items()),
    )
    workbook_from_folder(folder, about_lines(reproduction, results, comparison), folder / WORKBOOK)
    page = render_page(results, comparison, reproduction, bought)
    (folder / PAGE).write_text(page, encoding="utf-8", newline="\n")
    report("Drawing", len(makers) + 1, len(makers) + 1)
