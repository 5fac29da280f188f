"""What notebooks show: short texts, small HTML that claims no more than the command line, figures, frames, progress."""

from __future__ import annotations

import io
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import diffusion as df
from diffusion import showing
from diffusion.analysis.results.compare import compare_outcomes
from diffusion.experiments.searches.ablation import Ablation
from diffusion.progress import ProgressLine
from diffusion.report.words.answer import answer_sentences
from diffusion.report.words.doubt_words import holds
from diffusion.report.words.labels import outcome_label, scenario_labels
from diffusion.report.words.sentences import CLAIMS
from diffusion.scenario.schema import Said
from support.sweeps import WORLD, new_sweep, study_file

pytestmark = pytest.mark.integration

SMALL = [f"{key}={str(value).lower()}" for key, value in WORLD.items()]
NASTY = "<script>alert(1)</script>\u202e & co"


def small(name: str, months: int = 24) -> df.Scenario:
    return df.load(name, [*SMALL, f"months={months}"])


@pytest.fixture(scope="module")
def compared() -> df.Compared:
    return df.compare([small("no-programmes"), small("baseline"), small("baseline+local-first")], 30)


@pytest.fixture(scope="module")
def few() -> df.Compared:
    return df.compare([small("no-programmes"), small("baseline")], 3)


@pytest.fixture(scope="module")
def ablation() -> Ablation:
    return df.ablate(small("baseline+local-first"), 12)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> df.Sweep:
    folder = tmp_path_factory.mktemp("notebook")
    return new_sweep(study_file(folder, outcomes=["adopter_share_pct", "bad_adopter_pairs"]), folder / "sweep")


def titled(results: df.Results, title: str) -> df.Results:
    scenario = results.scenario.model_copy(update={"title": title})
    scenario._said = Said(titles=(title,))
    return replace(results, scenario=scenario)


@pytest.fixture(scope="module")
def things(compared: df.Compared, few: df.Compared, ablation: Ablation, sweep: df.Sweep) -> dict[str, object]:
    stack, many = df.load("everything"), [*compared] * 20
    study = df.load_study("people-or-tools")
    long = small("baseline").model_copy(update={"name": "x" * 3000, "title": "y" * 3000, "description": "z" * 30_000})
    return {
        "scenario": stack,
        "scenario with long texts": long,
        "world": stack.build_world(),
        "trusts": stack.build_world().trusts,
        "innovations": stack.build_world().innovations,
        "layer": stack.build_world().layers[0],
        "results": compared[0],
        "compared": compared,
        "many": df.Compared(many),
        "many with long titles": df.Compared([titled(each, f"{'long title ' * 30}{i}") for i, each in enumerate(many)]),
        "few": few,
        "nothing": df.Compared(),
        "comparison": compared.outcomes(),
        "comparison of one": df.Compared(compared[:1]).outcomes(),
        "model": df.DiffusionModel(small("baseline")).run(until=3),
        "study": study,
        "design": df.make_design(study),
        "sweep": sweep,
        "ablation": ablation,
        **{f"lever {name}": lever for name, lever in stack.levers.items()},
    }


def test_parts_sums_and_copies_of_a_comparison_are_comparisons(few: df.Compared) -> None:
    for made, length in ((few[:1], 1), (few[::-1], 2), (few + few[1:], 3), (few * 2, 4), (2 * few, 4), (few.copy(), 2)):
        assert type(made) is df.Compared
        assert len(made) == length
        assert len(made.frame())
    assert few[::-1][0] is few[1]
    assert few[-1] is few[1]
    both = few + [few[0]]  # noqa: RUF005
    assert type(both) is df.Compared
    with pytest.raises(TypeError):
        few + (few[0],)  # type: ignore[operator]  # noqa: RUF005


TABLES = ("trusts", "innovations", "layer")


def test_texts_are_short(things: dict[str, object]) -> None:
    for name, thing in things.items():
        for text in (repr(thing), str(thing)):
            assert 0 < len(text) < 500, name
            assert text.count("\n") < 4, name
    assert sum(name.startswith("lever") for name in things) > 10


def test_html_is_small_and_every_number_has_a_head(things: dict[str, object]) -> None:
    for name, thing in things.items():
        if name in TABLES:
            continue
        html = thing._repr_html_()  # type: ignore[attr-defined]
        assert len(html.encode()) < 20_000, name
        assert html.count("<table") == html.count("<caption>"), name
        assert "<script" not in html, name
        rows = re.findall(r"<tr>(.*?)</tr>", html)
        assert all('<th scope="' in row for row in rows), name


def test_what_users_wrote_is_escaped(few: df.Compared) -> None:
    lever = df.load("baseline+local-first").levers["local-first"]
    scenario = small("baseline").model_copy(update={"title": NASTY, "name": NASTY, "description": NASTY})
    results = df.Compared([few[0], titled(few[1], NASTY)])
    shown = [scenario, results, results[1], lever.model_copy(update={"lead_ics": (NASTY,)})]
    for thing in shown:
        html = thing._repr_html_()
        assert "<script>" not in html
        assert "\u202e" not in html + repr(thing)
        assert "alert(1)" in html
    styled = results.table().to_html()
    assert "<script>" not in styled
    assert "\u202e" not in styled
    assert "alert(1)" in styled


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)).split())


def plain(text: str) -> str:
    return " ".join(unescape(text).replace("\u00a0", " ").split())


def test_html_of_results_says_what_the_command_line_says(compared: df.Compared) -> None:
    comparison = compared.outcomes()
    shown = plain(text_of(compared._repr_html_()))
    sentences = answer_sentences(compared, comparison)
    for sentence in sentences:
        assert plain(sentence) in shown
    headline = re.search(r"<strong>(.*?)</strong>", compared._repr_html_(), re.DOTALL)
    assert headline is not None
    assert plain(text_of(headline[1])) == plain(sentences[0])
    assert holds(compared).split("--parameters")[0].strip() in shown
    assert "--" not in shown  # options of the command line are no use here
    assert "scenario.drawing_from('posterior') puts it there" in shown
    main = comparison.difference("adopter_share_pct", 1)
    assert f"{float(main.estimate.low95):+.2f} to {float(main.estimate.high95):+.2f}".replace("-", "−") in shown


def test_too_few_runs_claim_nothing(few: df.Compared) -> None:
    shown = text_of(few._repr_html_())
    assert "no difference is claimed" in shown
    assert not any(f" {word} than" in shown for word in CLAIMS)
    assert not few.frame()["clear"].any()
    assert "font-weight: bold" not in few.table().to_html().partition("</style>")[0]
    assert "too few" in text_of(few.outcomes()._repr_html_())


def test_over_draws_the_table_says_how_often() -> None:
    drawn = df.compare([small(name).drawing_from("prior") for name in ("baseline", "no-programmes")], 4)
    html = drawn._repr_html_()
    assert '<th scope="col">best</th><th scope="col">worse</th>' in html
    assert "futures" in text_of(html)
    assert "told apart from 100 runs on" not in text_of(html)


def test_compared_is_a_list_of_results(compared: df.Compared) -> None:
    assert isinstance(compared, list)
    assert isinstance(compared[0], df.Results)
    again = pickle.loads(pickle.dumps(compared))
    assert type(again) is df.Compared
    assert [each.scenario.name for each in again] == [each.scenario.name for each in compared]
    assert np.array_equal(compared.outcomes().values["adopter_share_pct"][1], compared_values(compared))


def compared_values(compared: df.Compared) -> np.ndarray:
    return compare_outcomes(compared).values["adopter_share_pct"][1]


def test_frames_hold_the_numbers_of_the_comparison(compared: df.Compared) -> None:
    frame, comparison, labels = compared.frame(), compared.outcomes(), scenario_labels(compared)
    assert frame.index.names == ["outcome", "scenario"]
    assert len(frame) == len(comparison.outcomes) * len(compared)
    for outcome in comparison.outcomes:
        row = frame.loc[(outcome_label(outcome), labels[1])]
        found = comparison.difference(outcome.name, 1).estimate
        for column, value in (("change", found.mean), ("change_low95", found.low95), ("change_high80", found.high80)):
            assert row[column] == pytest.approx(float(value) * outcome.factor, nan_ok=True), outcome.name
    assert "change" not in compared[0].frame()
    main = outcome_label(comparison.outcomes[0])
    assert frame.loc[(main, labels[1]), "change_unit"] == "pp"
    assert float(compared[0].frame().loc[(main, labels[0]), "mean"]) == float(frame.loc[(main, labels[0]), "mean"])
    table = compared.table()
    assert table.data.shape[0] < len(frame)
    assert labels[0] in table.to_html()


# --- Figures --------------------------------------------------------------------------------------------------------


def test_plots_are_figures(compared: df.Compared, ablation: Ablation) -> None:
    for figure in (compared.plot(), compared.plot("change"), compared[0].plot(), compared[1].plot("stages")):
        assert isinstance(figure, Figure)
        assert any(axes.get_ylabel() for axes in figure.axes)
    assert isinstance(ablation.plot(), Figure)
    change = compared.plot("change")
    ends = [float(each.get_ydata()[-1]) for each in change.axes[0].lines if len(each.get_ydata()) == 25]
    found = [float(compared.outcomes().difference("adopter_share_pct", i).estimate.mean) for i in (1, 2)]
    assert ends == pytest.approx(found)
    assert len(change.axes[0].collections) == 4  # 80 and 95 % for both
    assert "80 % and 95 % interval" in change.axes[0].get_title("left")


def test_a_figure_that_is_not_there_is_told(compared: df.Compared) -> None:
    with pytest.raises(df.InputError, match=r"no figure 'adoptoin'.*did you mean 'adoption'"):
        compared.plot("adoptoin")
    with pytest.raises(df.InputError, match="no figure 'change'") as refused:
        compared[0].plot("change")
    for name in str(refused.value.expected).removeprefix("one of ").split(", "):
        assert isinstance(compared[0].plot(name), Figure)


def test_pyplot_never_learns_of_a_figure() -> None:
    code = f"""
import sys, diffusion as df
results = df.compare([df.load(name, {[*SMALL, "months=6"]!r}) for name in ("no-programmes", "baseline")], 3)
data, size = results.plot("change")._repr_png_()
assert data[:4] == b"\\x89PNG" and size["width"] > 300, size
assert "matplotlib.pyplot" not in sys.modules
import matplotlib.pyplot as plt
results.plot(); results[0].plot()
assert plt.get_fignums() == []
print("fine")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert run.stdout == "fine\n", run.stderr


def test_a_sweep_in_a_notebook(sweep: df.Sweep) -> None:
    assert "0 of 60 done" in text_of(sweep._repr_html_())
    with pytest.raises(df.InputError):
        sweep.plot()  # nothing is there yet
    df.run_sweep(sweep)
    assert "60 of 60 done" in text_of(sweep._repr_html_())
    figure = sweep.plot()
    assert isinstance(figure, Figure)
    assert "local minus as-is" in figure.get_suptitle() or "local" in figure.get_suptitle()
    assert figure.get_suptitle() != sweep.plot(scenario="as-is").get_suptitle()
    assert sweep.plot("bad_adopter_pairs", "local", "as-is").get_suptitle() != figure.get_suptitle()
    for wrong in ({"outcome": "nothing"}, {"scenario": "nobody"}, {"minus": "nobody"}):
        with pytest.raises(df.InputError):
            sweep.plot(**wrong)


# --- How far it is --------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_told_on_standard_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scenario = small("baseline", 3)
    df.run(scenario, 4, progress=True)
    df.compare([scenario, scenario], 3, progress=True)
    df.ablate(small("baseline+local-first", 3), 3, progress=True)
    df.run_sweep(new_sweep(study_file(tmp_path, set={"months": 3}), tmp_path / "s"), progress=True)
    told = capsys.readouterr()
    assert told.out == ""
    lines = [re.sub(r", \d+ s$", "", line) for line in told.err.splitlines()]
    assert lines == ["Running 4 of 4", "Running 6 of 6", "Running 12 of 12", "Running 60 of 60"]
    df.run(scenario, 4, progress=False)
    df.run(scenario, 4)
    assert capsys.readouterr().err == ""
    counted: list[int] = []
    df.run(scenario, 4, progress=counted.append)
    assert counted[-1] == 4


def test_a_line_is_written_over_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 5.0, 5.1, 130.0, 400.0])
    monkeypatch.setattr("diffusion.progress.time.monotonic", lambda: next(times))
    out = Terminal()
    line = ProgressLine(out)
    for done in (0, 1, 2, 3, 4):
        line("Running", done, 4)
    texts = out.getvalue().split("\r")
    assert [text.rstrip(" ") for text in texts] == [
        "",
        "Running 0 of 4, 0 s",
        "Running 1 of 4, 5 s, about 15 s left",
        "Running 3 of 4, 2 min, about 43 s left",
        "Running 4 of 4, 7 min                 \n",
    ]


# --- Who makes it ---------------------------------------------------------------------------------------------------


def test_the_front_door_names_makers_that_are_there() -> None:
    from importlib import import_module

    assert set(showing._MAKERS) == {"html", "plot", "frame", "table"}
    for place in showing._MAKERS.values():
        module, _, name = place.partition(":")
        assert callable(getattr(import_module(module), name))


def test_ipython_shows_html_and_pictures(compared: df.Compared) -> None:
    formatters = pytest.importorskip("IPython.core.formatters", reason="IPython is not installed")
    shown, _ = formatters.DisplayFormatter().format(compared)
    assert shown["text/html"] == compared._repr_html_()
    assert len(shown["text/plain"]) < 500
    picture, sizes = formatters.DisplayFormatter().format(compared.plot("change"))
    assert set(picture) == {"text/plain", "image/png"}
    assert sizes["image/png"]["width"] > 300


KERNEL = f"""
import diffusion as df
scenarios = [df.load(name, {[*SMALL, "months=6"]!r}) for name in ("no-programmes", "baseline")]
results = df.compare(scenarios, 3, progress=True)
"""


def test_a_real_kernel_shows_them() -> None:
    """Skipped where there is no kernel, as in the locked environment."""
    pytest.importorskip("ipykernel", reason="no Jupyter kernel is installed")
    start = pytest.importorskip("jupyter_client.manager").start_new_kernel
    kernel, client = start()
    try:

        def outputs(code: str) -> list[dict[str, object]]:
            found: list[dict[str, object]] = []
            client.execute_interactive(code, timeout=300, output_hook=found.append)
            content = [(item["header"]["msg_type"], item["content"]) for item in found]
            assert not [text for kind, text in content if kind == "error"], content
            return [text for kind, text in content if kind in ("stream", "execute_result", "display_data")]

        told = outputs(KERNEL)
        assert {text["name"] for text in told} == {"stderr"}
        assert "\rRunning 6 of 6" in "".join(str(text["text"]) for text in told)
        (shown,) = outputs("results")
        assert "too few" in shown["data"]["text/html"]
        assert len(shown["data"]["text/plain"]) < 500
        for code in ("results.plot('change')", "import matplotlib.pyplot as plt\nresults[0].plot()"):
            (picture,) = outputs(code)
            assert {"image/png"} == set(picture["data"]) - {"text/plain"}
        assert outputs("plt.get_fignums()")[0]["data"]["text/plain"] == "[]"
        (table,) = outputs("results.table()")
        assert "<caption>" in table["data"]["text/html"]
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
