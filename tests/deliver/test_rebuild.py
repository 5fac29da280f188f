"""The page and workbook again from stored results; every table recomputed from the stored tables by other code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from diffusion.analysis.economics.discount_sets import discount_set
from diffusion.cli.app import app, main
from diffusion.deliver.rebuild import read_result, rebuild
from diffusion.errors import InputError
from diffusion.report.figures.curves import difference_panel, levels_panel
from diffusion.report.files.workbook import head_of, write_workbook
from diffusion.report.words.labels import short_ahsn
from support.page_reading import Page, Table, numbers, value

pytestmark = pytest.mark.integration

REFERENCE, OPTIONS = "baseline", {"tariff": "Tariff", "local-first": "Local first"}
MONTHS, REPLICATES = 60, 12
PUBLIC = {"trust": "Trusts", "commissioner": "Commissioners", "national": "National bodies", "ahsn": "AHSNs"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison as the command line writes it."""
    out = tmp_path_factory.mktemp("stored") / "result"
    names = [REFERENCE, *OPTIONS]
    asked = ["compare", *names, "--replicates", str(REPLICATES), "--set", f"months={MONTHS}", "--out", str(out)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stored(folder: Path) -> Callable[[str], pd.DataFrame]:
    return lambda name: pd.read_parquet(folder / "tables" / f"{name}.parquet")


def change(frame: pd.DataFrame, scenario: str, column: str) -> np.ndarray:
    """Paired difference of a column from the first scenario, by replicate."""
    wide = frame.pivot(index="replicate", columns="scenario", values=column)
    return (wide[scenario] - wide[REFERENCE]).to_numpy()


def agrees(cell: tuple[str, str], sample: np.ndarray, factor: float = 1.0) -> None:
    """Check a cell 'mean / low to high' against a paired sample."""
    sample = factor * np.asarray(sample, dtype=float)
    text, small = cell
    if text == "no change":
        assert np.ptp(sample) == 0
        assert sample[0] == 0
        return
    inner, outer = (np.quantile(sample, ends, method="weibull") for ends in ((0.1, 0.9), (0.025, 0.975)))  # of draws
    bounds = [*inner, *outer] if ";" in small else [*outer]
    shown_all = [*numbers(text), *numbers(small.replace(" to ", "  "))]
    assert len(shown_all) == 1 + len(bounds)
    for (shown, half), true in zip(shown_all, (sample.mean(), *bounds)):
        assert shown == pytest.approx(true, abs=half * 1.001), (cell, sample.mean(), bounds)


def columns_of(table: Table) -> dict[str, int]:
    """Option -> place of its column of changes."""
    return {name: 1 + i for i, name in enumerate(OPTIONS)}


def test_the_page_and_the_workbook_come_out_the_same(folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    for name in ("index.html", "tables.xlsx"):
        (again / name).unlink()
    result = CliRunner().invoke(app, ["report", str(again)])
    assert result.exit_code == 0, result.output
    for name in ("index.html", "tables.xlsx"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()
    manifest = json.loads((again / "manifest.json").read_text(encoding="utf-8"))
    assert (again / "manifest.json").read_bytes() == (folder / "manifest.json").read_bytes()
    for name, digest in manifest["files"].items():
        assert sha256((again / name).read_bytes()).hexdigest() == digest
    assert (folder / "index.html").stat().st_size < 2_000_000


def test_options_and_outcomes(page: Page, stored: Callable[[str], pd.DataFrame]) -> None:
    outcomes = stored("outcomes")
    options = page.table("Adopter share of eligible pairs at the end, by option")
    shares = outcomes.pivot(index="replicate", columns="scenario", values="adopter_share_pct")
    best = shares.eq(shares.max(axis=1), axis=0)
    best = best.div(best.sum(axis=1), axis=0).mean()
    for name, label in {REFERENCE: "Baseline", **OPTIONS}.items():
        cells = options.rows[label]
        mean, quantiles = shares[name].mean(), shares[name].quantile([0.1, 0.9])
        for (shown, half), true in zip([*numbers(cells[0][0]), *numbers(cells[0][1])], (mean, *quantiles)):
            assert shown == pytest.approx(true, abs=half * 1.001)
        assert value(cells[2][0].rstrip(" %")) == pytest.approx(100 * best[name], abs=0.5001)
        if name != REFERENCE:
            agrees(cells[1], change(outcomes, name, "adopter_share_pct"))
    shown = {
        "Use-weighted share of eligible pairs, %": ("use_weighted_share_pct", 1.0),
        "Organisations using at least one, trusts": ("organisations_using", 1.0),
        "Patients benefiting, million": ("patients_benefiting_total", 1e-6),
        "Adopted innovations that do harm, pairs": ("bad_adopter_pairs", 1.0),
    }
    table = page.table("Other outcomes")
    for row, (column, factor) in shown.items():
        for name, place in columns_of(table).items():
            agrees(table.rows[row][place], change(outcomes, name, column), factor)


def test_ahsns_and_groups(page: Page, stored: Callable[[str], pd.DataFrame]) -> None:
    end, trusts = stored("end_by_group"), stored("world_trusts")
    table = page.table("Adopter share by AHSN")
    ahsn = end[end["grouping"] == "ahsn"].assign(share=lambda f: 100 * f["adopters"] / f["eligible"])
    assert len(table.rows) == ahsn["code"].nunique()
    for _, rows in ahsn.groupby("code"):
        cells = table.rows[short_ahsn(rows["name"].iloc[0])]
        level = rows[rows["scenario"] == REFERENCE]["share"].mean()
        assert value(cells[0][0]) == pytest.approx(level, abs=0.00501)
        for name, place in columns_of(table).items():
            agrees(cells[place], change(rows, name, "share"))
    table = page.table("Adopter share by group of trusts")
    members = trusts[trusts["scenario"] == REFERENCE].assign(fifth=lambda f: pd.qcut(f["imd"], 5, labels=False))
    by_trust = end[end["grouping"] == "trust"].merge(members[["code", "region", "fifth"]], on="code")
    for label, chosen in {
        "Region: London": by_trust["region"] == "London",
        "Deprivation: most deprived fifth": by_trust["fifth"] == 4,
    }.items():
        rows = by_trust[chosen].groupby(["scenario", "replicate"])[["adopters", "eligible"]].sum().reset_index()
        rows["share"] = 100 * rows["adopters"] / rows["eligible"]
        for name, place in columns_of(table).items():
            agrees(table.rows[label][place], change(rows, name, "share"))


def test_variation_between_trusts(page: Page, stored: Callable[[str], pd.DataFrame]) -> None:
    end, trusts, outcomes = stored("end_by_group"), stored("world_trusts"), stored("outcomes")
    rows = end[end["grouping"] == "trust"].assign(share=lambda f: 100 * f["adopters"] / f["eligible"])
    members = trusts[trusts["scenario"] == REFERENCE].set_index("code")
    rank = (members["imd"].rank() - 0.5) / len(members)

    def slope(shares: pd.Series) -> float:
        return stats.linregress(rank[shares.index], shares).slope

    table = page.table("Variation between trusts")
    by_run = {key: group.set_index("code")["share"] for key, group in rows.groupby(["scenario", "replicate"])}
    measures = {
        "Slope over deprivation, most minus least deprived, pp": slope,
        "Trust at the 90th minus trust at the 10th percentile, pp": lambda s: s.quantile(0.9) - s.quantile(0.1),
        "Adopter share of the lowest tenth of trusts, %": lambda s: s.nsmallest(round(0.1 * len(s))).mean(),
    }
    for label, measure in measures.items():
        values = pd.Series({key: measure(shares) for key, shares in by_run.items()}).rename_axis(
            ["scenario", "replicate"]
        )
        for name, place in columns_of(table).items():
            agrees(table.rows[label][place], change(values.reset_index(name="x"), name, "x"))
    for label, column in (
        ("Gini coefficient over trusts", "gini_trusts"),
        ("Centres of excellence minus others, pp", "gap_centres_pp"),
    ):
        for name, place in columns_of(table).items():
            agrees(table.rows[label][place], change(outcomes, name, column))


def present_values(stored: Callable[[str], pd.DataFrame], rate: float) -> pd.DataFrame:
    """Present value by scenario, replicate and public party, paid minus received, and spending and savings."""
    money = stored("money_by_replicate")
    ends = stored("money").drop_duplicates("purpose").set_index("purpose")[["payer", "payee"]]
    account = {"trust_fund": "trust"}
    weight = (1 + rate) ** (-money["month"] / 12)
    found = money[["scenario", "replicate"]].copy()
    for column in (*PUBLIC, "spending", "savings"):
        found[column] = 0.0
    for purpose, (payer, payee) in zip(ends.index, ends.to_numpy()):
        payer, payee = account.get(payer, payer), account.get(payee, payee)
        gbp = weight * money[f"{purpose}_gbp"]
        if payer in PUBLIC:
            found[payer] += gbp
        if payee in PUBLIC:
            found[payee] -= gbp
        if payer in PUBLIC and payee not in PUBLIC:
            found["spending"] += gbp
        if payee in PUBLIC and payer not in PUBLIC:
            found["savings"] += gbp
    found["npv"] = found["savings"] - found["spending"]
    return found.groupby(["scenario", "replicate"]).sum().reset_index()


def test_costs(page: Page, stored: Callable[[str], pd.DataFrame]) -> None:
    values = present_values(stored, 0.035)
    costs, payers = page.table("Costs and savings, by option"), page.table("Who pays and who gains, by option")
    discounts = page.table("Net present value under other discount rates")
    plain_values = present_values(stored, 0.0)
    for place, (name, label) in enumerate(OPTIONS.items()):
        for column, cell in zip(("spending", "savings", "npv"), costs.rows[label]):
            agrees(cell, change(values, name, column), 1e-6)
        ratio = change(values, name, "savings").mean() / change(values, name, "spending").mean()
        if costs.rows[label][3][0] != "–":
            assert value(costs.rows[label][3][0]) == pytest.approx(ratio, abs=0.00501)
        for party, row in PUBLIC.items():
            agrees(payers.rows[row][place], change(values, name, party), 1e-6)
        for cell, frame in zip(discounts.rows[label], (values, values, plain_values)):
            agrees(cell, change(frame, name, "npv"), 1e-6)


def test_what_money_buys(page: Page, stored: Callable[[str], pd.DataFrame]) -> None:
    end, monthly = stored("end_by_group"), stored("monthly")
    adopted = end[end["grouping"] == "innovation"].groupby(["scenario", "replicate"])["adopters"].sum().reset_index()
    rate = discount_set("green-book").health[0][1]
    monthly["present"] = monthly["patients_benefiting"] * (1 + rate) ** (-monthly["month"] / 12)
    patients = monthly.groupby(["scenario", "replicate"])["present"].sum().reset_index()
    values = present_values(stored, 0.035)
    table = page.table("What the money buys, by option")
    for name, label in OPTIONS.items():
        cells = table.rows[label]
        agrees(cells[0], change(adopted, name, "adopters"))
        agrees(cells[3], change(patients, name, "present"), 1e-3)
        spending, gained = change(values, name, "spending"), change(adopted, name, "adopters")
        if cells[2][0] != "–":
            assert value(cells[2][0]) == pytest.approx(1e-3 * spending.mean() / gained.mean(), abs=0.501)


def test_certainty_and_choice(page: Page, stored: Callable[[str], pd.DataFrame]) -> None:
    outcomes = stored("outcomes")
    shares = outcomes.pivot(index="replicate", columns="scenario", values="adopter_share_pct")
    certainty = page.table("Precision of the change in adopter share")
    choice = page.table("How often each option is best, and what a wrong choice costs")
    short = (-shares).add(shares.max(axis=1), axis=0)
    for name, label in OPTIONS.items():
        sample = change(outcomes, name, "adopter_share_pct")
        reach = stats.t.ppf(0.975, len(sample) - 1) * stats.sem(sample)
        assert value(certainty.rows[label][1][0].lstrip("±")) == pytest.approx(reach, abs=0.000501)
        assert value(choice.rows[label][1][0]) == pytest.approx(short[name].mean(), abs=0.00501)
        assert value(choice.rows[label][2][0]) == pytest.approx(short[name].max(), abs=0.00501)


def test_payments_and_displacement(page: Page, stored: Callable[[str], pd.DataFrame], folder: Path) -> None:
    money, end = stored("money_by_replicate"), stored("end_by_group")
    totals = money.groupby(["scenario", "replicate"])[["running_cost_gbp"]].sum().reset_index()
    table = page.table("Payments by purpose")
    for name, place in columns_of(table).items():
        agrees(table.rows["Running cost (trust to company)"][place], change(totals, name, "running_cost_gbp"), 1e-6)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    entry = next(item for item in manifest["scenarios"] if item["name"] == "tariff")
    aimed = entry["levers"]["best-practice-tariff"]["aims_at"]
    table = page.table("What happens to innovations that an option does not aim at")
    rows = end[end["grouping"] == "innovation"]
    for chosen, place in ((rows["code"].isin(aimed), 1), (~rows["code"].isin(aimed), 3)):
        sums = rows[chosen].groupby(["scenario", "replicate"])[["adopters", "eligible"]].sum().reset_index()
        sums["share"] = 100 * sums["adopters"] / sums["eligible"]
        agrees(table.rows["Tariff"][place], change(sums, "tariff", "share"))


def test_the_main_figure_is_drawn_from_the_stored_series(folder: Path, stored: Callable[[str], pd.DataFrame]) -> None:
    _, results, _ = read_result(folder)
    monthly = stored("monthly")
    share = monthly.pivot_table(index="month", columns=["scenario", "replicate"], values="adopter_share") * 100
    levels = levels_panel(results).axes[0].get_lines()
    differences = difference_panel(results).axes[0].get_lines()
    for i, name in enumerate((REFERENCE, *OPTIONS)):
        np.testing.assert_allclose(levels[i].get_ydata(), share[name].mean(axis=1), rtol=1e-12)
        if i:
            expected = (share[name] - share[REFERENCE]).mean(axis=1)
            np.testing.assert_allclose(differences[i - 1].get_ydata(), expected, atol=1e-12)


def test_the_workbook_holds_the_stored_tables(folder: Path, stored: Callable[[str], pd.DataFrame]) -> None:
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    assert book.sheetnames[0] == "About"
    assert {"Differences", "Outcomes by run", "Equity", "Economics", "Gains by group"} <= set(book.sheetnames)
    for sheet, name in (("Differences", "differences"), ("Economics", "economics")):
        frame, rows = stored(name), list(book[sheet].iter_rows(values_only=True))
        assert list(rows[0]) == [head_of(column) for column in frame.columns]
        assert len(rows) == 1 + len(frame)
        assert book[sheet].freeze_panes == "B2"
        for shown, true in zip(rows[1:], frame.itertuples(index=False)):
            for one, other in zip(shown, true):
                assert (one is None and not np.isfinite(other)) or one == other or one == pytest.approx(other)
    assert head_of("change_pp") == "change pp [percentage points]"
    assert head_of("net_cost_gbp_mean") == "net cost gbp mean [GBP]"


def test_text_is_never_taken_for_a_formula(tmp_path: Path) -> None:
    write_workbook(
        {"budget": {"scenario": ["=1+1", "+x", "a"], "n": [1, 2, 3]}}, [("Question", "=cmd")], tmp_path / "x.xlsx"
    )
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert [cell.value for cell in book["Budget"]["A"]][1:] == ["'=1+1", "'+x", "a"]
    assert all(cell.data_type != "f" for row in book["About"].iter_rows() for cell in row)


def test_another_folder_may_take_the_page(folder: Path, tmp_path: Path) -> None:
    before = (folder / "manifest.json").read_bytes()
    written = rebuild(folder, out=tmp_path / "deep" / "out")
    assert [path.name for path in written] == ["index.html", "tables.xlsx"]
    assert written[0].read_bytes() == (folder / "index.html").read_bytes()
    assert (folder / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: shutil.rmtree(folder), "no finished result"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "not JSON"),
        (lambda folder: (folder / "tables" / "end_by_group.parquet").unlink(), "end_by_group.parquet is missing"),
        (lambda folder: (folder / "manifest.json").write_text('{"scenarios": [{"name": "x"}]}'), "earlier version"),
    ],
)
def test_what_is_no_result_is_refused_and_nothing_is_written(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], object], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    spoil(copy)
    with pytest.raises(InputError, match=message):
        rebuild(copy, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(copy)])
    assert stopped.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_ablation_goes_into_the_page(folder: Path, tmp_path: Path) -> None:
    run = CliRunner()
    asked = ["ablate", "local-first", "-n", "12", "--set", f"months={MONTHS}", "--out", str(tmp_path / "ablation")]
    done = run.invoke(app, asked)
    assert done.exit_code == 0, done.output
    done = run.invoke(
        app, ["report", str(folder), "--ablation", str(tmp_path / "ablation"), "--out", str(tmp_path / "page")]
    )
    assert done.exit_code == 0, done.output
    table = Page((tmp_path / "page" / "index.html").read_text(encoding="utf-8")).table("What the difference is made of")
    rows = pd.read_parquet(tmp_path / "ablation" / "tables" / "replicates.parquet")
    for lever, own in rows.groupby("lever"):
        for cell, column in zip(table.rows[str(lever).replace("-", " ")], ("alone", "last", "shapley")):
            agrees(cell, own[column].to_numpy())
    agrees(table.rows["All levers together"][2], own["whole"].to_numpy())
    with pytest.raises(InputError, match="no finished ablation"):
        rebuild(folder, ablation=folder, out=tmp_path / "none")
    text = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "This is not its change from Baseline" in text  # all its levers are taken away, also those of the baseline
    other = tmp_path / "other"
    asked = ["ablate", "local-first", "-n", "2", "--set", f"months={MONTHS}", "--set", "levers.local-first.strength=2"]
    assert run.invoke(app, [*asked, "--out", str(other)]).exit_code == 0
    with pytest.raises(InputError, match=r"another scenario.*levers\.local-first\.strength 2\.0 against 1\.0"):
        rebuild(folder, ablation=other, out=tmp_path / "none")
    assert not (tmp_path / "none").exists()
