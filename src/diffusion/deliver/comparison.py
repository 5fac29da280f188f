"""From scenarios to a finished result folder: run, compare, write, print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.analysis.outcomes.own import OWN_OUTCOMES, outcome_facts, own_outcomes
from diffusion.analysis.results.asked import Target, ask
from diffusion.analysis.results.compare import Comparison, compare_outcomes, own_of, with_reasons, with_twins
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, outcome_values
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats
from diffusion.deliver.for_readers import NOTHING_MORE, View, Wanted, note_on, reader_files
from diffusion.deliver.kernels import compile_kernels
from diffusion.deliver.outbox import PAGE, Draft, Outbox
from diffusion.deliver.regions import LEFT_OUT, collect, entries_of, outside_of, print_regions, write_regions
from diffusion.deliver.told import told_of
from diffusion.ensemble.draws import TWIN
from diffusion.outlets import file_names
from diffusion.progress import Report, silent
from diffusion.report.files.spending_tables import curve_columns, spending_columns, spending_data
from diffusion.report.followed.time_words import time_lines
from diffusion.report.page.equity_section import equity_comparison
from diffusion.report.reasons.why_tables import BY_REPLICATE, TABLE, replicate_columns, why_columns, why_data
from diffusion.report.words.answer import answer_sentences
from diffusion.report.words.health_words import health_sentences
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.reproduction import Reproduction
from diffusion.storage.appraisal_columns import more_makers
from diffusion.storage.columns import scenario_names, table_makers
from diffusion.storage.departures import DEPARTURES, departure_columns, told_data
from diffusion.storage.manifest import build_manifest
from diffusion.storage.page_data import kept_makers
from diffusion.storage.reported_columns import followed_makers, reported_makers
from diffusion.storage.stored_results import asked_entry
from diffusion.storage.table_files import write_events, write_table

if TYPE_CHECKING:
    from rich.console import Console

    from diffusion.experiments.again.request import Request
    from diffusion.experiments.running.results import Results
    from diffusion.experiments.searches.spending import Budget, Spending
    from diffusion.experiments.searches.why import Explained
    from diffusion.scenario.schema import Scenario
    from diffusion.world.regions import Region

#: Runs scenarios on common draws: (scenarios, replicates, seed, jobs, events, report, by_trust) -> results.
Runs = Callable[["Sequence[Scenario]", int, int, "int | None", bool, Report, bool], "list[Results]"]
#: Replicates that are run again with the same parameters and other chance.
TWINS = 20
#: Tables with a row per replicate and month, or per trust and month, are Parquet only: as CSV they are too long.
PARQUET_ONLY = ("monthly", "by_trust", "end_by_group", "money_by_replicate", "time_to_share_by_replicate")


def run_and_deliver(
    scenarios: Sequence[Scenario], *, replicates: int, seed: int, out: Path | str | None, jobs: int | None = None,
    events: bool = False, precision: float | None = None, force: bool = False, console: Console | None = None,
    command: Sequence[str] = (), budget: Budget | None = None, most_replicates: int | None = None,
    target: Target | None = None, why: bool = False, wanted: Wanted = NOTHING_MORE, regions: Sequence[Region] = (),
    more: Mapping[str, object] | None = None,
    first: Callable[[Sequence[ResultTables], Comparison], bool] | None = None,
    runs: Runs | None = None, report: Report | None = None,
) -> tuple[list[ResultTables], Comparison]:  # fmt: skip
    """Run ``scenarios`` on common draws, print the comparison and write it to the folder ``out``.

    ``precision`` is the wanted half width of the 95 % interval of the adopter share's change, in percentage points.
    With ``most_replicates`` runs are added until it is reached, up to so many; without, what is missing is told.
    With a ``budget`` all scenarios but the first are scaled to it before they are run and compared. With ``out`` None
    nothing is written. With ``why`` every difference is taken apart, at the cost of more runs. An interrupt leaves
    nothing behind. ``target`` is of what the adopter share is asked; default: of all eligible pairs. ``wanted`` says
    which files are written beside tables, page and workbook; each of ``regions`` is told of and has a page.
    ``more`` are further entries of the manifest. ``runs`` runs the scenarios in another way than :func:`simulate`, with
    the same results; ``report`` is told how far it is in the place of bars on the console. ``first`` prints what is to
    stand above the comparison, and says whether that is to be printed at all. Returns the results and their comparison.

    Raises
    ------
    InputError
        If ``out`` must not be replaced, the scenarios are not about the same trusts, innovations and months, or saying
        why takes too many runs; nothing has been run by then.
    """
    from diffusion.experiments.again.request import Request
    from diffusion.experiments.running.why_identical import why_identical
    from diffusion.experiments.searches.precision import add_until_precise
    from diffusion.experiments.searches.spending import fit_scenarios, spending
    from diffusion.experiments.searches.why import explain, plan_why
    from diffusion.report.reasons.why_terminal import print_why
    from diffusion.report.terminal.comparison_table import print_comparison
    from diffusion.report.terminal.reported_line import print_reported
    from diffusion.report.terminal.spending_table import print_spending
    from diffusion.report.words.departure_words import count_sentence
    from diffusion.report.words.precision_words import precision_sentence

    box = Outbox(out, force=force, command=command, console=console)
    request = Request(
        tuple(scenarios), replicates, seed, events, precision, most_replicates, budget, target or Target(), why
    )
    with box.bars() if report is None else nullcontext(report) as report:
        fits = None
        if budget is not None:
            compile_kernels(report)
            scenarios, fits = fit_scenarios(scenarios, budget, replicates, seed, jobs, report)
        if why:
            compile_kernels(report)
        plans = plan_why(scenarios, seed) if why else []
        results = (runs or simulate)(scenarios, replicates, seed, jobs, events, report, bool(regions))
        precise = None
        if precision is not None and most_replicates is not None and len(results) > 1:
            precise = add_until_precise(results, precision, most_replicates, jobs, report, processes=True)
            results = precise.results
        comparison = with_twins(compare_outcomes(results, precision), twins_of(results, jobs, report))
        comparison = replace(comparison, asked=ask(results, target or Target()))
        reasons = why_identical(results, comparison)
        comparison = with_reasons(comparison, reasons)
        bought = None if fits is None else spending(results, fits)
        explained = explain(plans, results, jobs, report, processes=True) if plans else None
        if box.out is not None:
            deliver(results, comparison, box, report, bought, reasons, explained, wanted, request, more, regions)
    if first is not None and not first(joined(results), comparison):
        box.tell("Tables and the page", PAGE)
        return joined(results), comparison
    print_comparison(box.console, results, comparison)
    said = " ".join(answer_sentences(results, comparison)).casefold()
    for sentence in health_sentences(results, comparison):
        if sentence.casefold() not in said:
            box.console.print(sentence, markup=False, highlight=False)
    for line in time_lines(results, comparison):
        box.console.print(line, markup=False, highlight=False)
    print_reported(box.console, results)
    if precise is not None:
        box.console.print(precision_sentence(precise))
    if bought is not None:
        print_spending(box.console, results, comparison, bought)
    if explained is not None:
        print_why(box.console, explained, scenario_labels(results))
    if regions:
        alike = joined(results)
        print_regions(box, collect(alike, regions), alike, comparison)
    if changed := count_sentence(told_of(results)):
        box.console.print(changed, highlight=False, markup=False)
    if box.out is not None and (note := note_on(wanted)):
        box.console.print(f"note: {note}", style="yellow", soft_wrap=True)
    box.tell("Tables and the page", PAGE)
    return joined(results), comparison


def simulate(
    scenarios: Sequence[Scenario],
    replicates: int,
    seed: int,
    jobs: int | None,
    events: bool,
    report: Report,
    by_trust: bool = False,
) -> list[Results]:
    """Run the scenarios on common draws; compiling kernels shows as progress of its own."""
    from diffusion.experiments.running.runner import compare

    compile_kernels(report)
    total = len(scenarios) * replicates
    return compare(
        scenarios,
        replicates=replicates,
        seed=seed,
        jobs=jobs,
        events=events,
        progress=lambda done: report("Running", done, total),
        by_trust=by_trust,
        processes=True,
    )


def twins_of(results: Sequence[Results], jobs: int | None, report: Report) -> list[dict[str, Floats]]:
    """Run the first replicates once more with the same parameters and other chance; return their outcomes by scenario.

    Nothing where parameters are not drawn, or there are so few replicates that it would cost more than a fifth.
    """
    from diffusion.experiments.running.runner import compare

    first = results[0]
    if not drawn(first) or len(first.replicates) < 5 * TWINS:
        return []
    numbers = first.replicates[:TWINS] + TWIN
    total = len(results) * len(numbers)
    again = compare(
        [result.scenario for result in results],
        replicates=numbers.tolist(),
        seed=first.seed,
        jobs=jobs,
        worlds=[result.opening_world for result in results],
        processes=True,
        progress=lambda done: report("Telling chance from parameters", done, total),
    )
    return [outcome_values(result) | own_of(result) for result in joined(again)]


def deliver(
    results: Sequence[ResultTables],
    comparison: Comparison,
    box: Outbox,
    report: Report = silent,
    bought: Sequence[Spending] | None = None,
    reasons: Mapping[str, str] | None = None,
    explained: Explained | None = None,
    wanted: Wanted = NOTHING_MORE,
    request: Request | None = None,
    further: Mapping[str, object] | None = None,
    regions: Sequence[Region] = (),
) -> None:
    """Write tables, page, workbook, manifest, and what is ``wanted`` beside them, all or nothing.

    ``bought`` is what a budget came to, by scenario from the second on; None where no budget was asked for.
    ``reasons`` say why scenarios are as the first in every run, by their number;
    ``explained`` is what their differences are made of, where that was asked for.
    ``request`` is what was asked, so that it can be asked again; ``further`` are more entries of the manifest.
    ``regions`` are those with a page.
    """
    more: dict[str, object] = dict(further or {})
    results = joined(results)
    kept = collect(results, regions)
    if comparison.asked is not None:
        more["asked"] = asked_entry(comparison.asked)
    if len(results) > 1:
        more["wanted_half_width_pp"] = comparison.difference(MAIN_OUTCOME, 1).precision
    if reasons:
        more["why_identical"] = dict(reasons)
    if own := [outcome for outcome in comparison.outcomes if outcome.name in own_outcomes()]:
        more[OWN_OUTCOMES] = [outcome_facts(outcome) for outcome in own]
    if bought is not None:
        more["budget"] = spending_data(bought)
    told = told_of(results)
    if all(each.departures is not None for each in told):
        more |= told_data(told)
    if explained is not None:
        more["why"] = why_data(explained)
    if kept:
        more |= entries_of(kept)
    if outside := outside_of(results):
        more[LEFT_OUT] = outside
    from diffusion.experiments.again.request import REQUEST, copy_own_tables, of_this_package, request_data

    if request is not None and not of_this_package(request):
        request = None
    if request is not None:
        more[REQUEST] = request_data(request)
    with box.draft(partial(build_manifest, results), more) as draft:
        if request is not None:
            copy_own_tables(request, draft.folder)
        write_tables(results, comparison, draft.tables, report)
        if bought is not None:
            write_table(spending_columns(bought, scenario_names(results)), draft.tables, "budget")
            write_table(curve_columns(bought, scenario_names(results)), draft.tables, "budget_curve")
        if (changed := departure_columns(told, scenario_names(results))) is not None:
            write_table(changed, draft.tables, DEPARTURES)
        if explained is not None:
            write_table(why_columns(explained, scenario_names(results)), draft.tables, TABLE)
            by_replicate = replicate_columns(explained, scenario_names(results), results[0].replicates)
            write_table(by_replicate, draft.tables, BY_REPLICATE, csv=False)
        write_regions(kept, results, draft.tables)
        view = View(
            draft.folder,
            results,
            comparison,
            _reproduction(results, draft),
            told,
            bought,
            explained,
            regions=kept,
            left_out=outside,
        )
        _write_for_readers(view, wanted, draft.folder, report)


def write_tables(
    results: Sequence[ResultTables], comparison: Comparison, folder: Path, report: Report = silent
) -> None:
    """Write every table into ``folder``, and the events of runs that kept them."""
    makers = table_makers(results, comparison) | more_makers(
        results, comparison, equity_comparison(results, comparison)
    )
    makers |= kept_makers(results) | reported_makers(results) | followed_makers(results)
    for done, (name, make) in enumerate(makers.items()):
        report("Writing tables", done, len(makers))
        write_table(make(), folder, name, csv=name not in PARQUET_ONLY and not name.startswith("world_"))
    names = scenario_names(results)
    for name, safe, result in zip(names, file_names((name.replace("+", "_") for name in names), "_"), results):
        events = getattr(result, "events", None)
        if events is not None:
            write_events(events, name, folder / f"events_{safe}.parquet")
    report("Writing tables", len(makers), len(makers))


def _reproduction(results: Sequence[ResultTables], draft: Draft) -> Reproduction:
    return Reproduction(
        draft.command,
        draft.version,
        draft.git,
        tuple((label, result.scenario.content_hash) for label, result in zip(scenario_labels(results), results)),
        tuple((f"Data: {part}", origin) for part, origin in results[0].world.provenance.items()),
    )


def _write_for_readers(view: View, wanted: Wanted, folder: Path, report: Report) -> None:
    writers = reader_files(view, wanted)
    for done, (name, write) in enumerate(writers.items()):
        report("Drawing", done, len(writers))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write(folder / name)
    report("Drawing", len(writers), len(writers))
