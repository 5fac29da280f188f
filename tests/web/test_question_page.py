"""The page of a question: buttons without scripts, faults at their fields, the command that asks the same."""

from __future__ import annotations

import html
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from diffusion.cli.app import app
from diffusion.cli.shared.prepare import load_checked
from diffusion.errors import InputError
from diffusion.scenario.load import load_scenario
from diffusion.web.ask.cards import id_of
from diffusion.web.ask.ready import READY
from diffusion.web.jobs.comparing import scenarios_of
from support.web_session import Answer, Session, fields_of, serving

pytestmark = pytest.mark.integration
LEVER = "my-tariff/levers/best-practice-tariff"
SHARE = f"{LEVER}/uplift_share"
#: bytes that a page may have without figures
MOST_BYTES = 100_000


def _of_field(page: Answer, name: str) -> tuple[str, list[str]]:
    """Return the mark of a field, and the texts that it names as describing it."""
    (tag,) = re.findall(rf"<(?:input|select|textarea)[^>]*id=\"{id_of(name)}\"[^>]*>", page.text)
    described = re.findall(r'aria-describedby="([^"]*)"', tag)[0].split()
    told = [re.findall(rf'<p[^>]*id="{each}"[^>]*>([^<]*)</p>', page.text) for each in described]
    return tag, [text for each in told for text in each]


def _file(session: Session, path: str, name: str = "my-tariff") -> str:
    return session.get(f"{path}/{name}.yaml").text


@pytest.mark.parametrize("ready", [each.id for each in READY])
def test_every_ready_question_can_be_run(session: Session, ready: str) -> None:
    path, page = session.ask(ready=ready)
    assert page.status == 200
    assert re.fullmatch(r"/ask/[0-9a-f]{16}", path)
    assert "roughly" in page.words
    assert "To mend" not in page.words
    assert len(page.body) < MOST_BYTES
    (found,) = (each for each in READY if each.id == ready)
    assert f"<h1>{found.title}</h1>".replace("'", "&#39;") in page.text
    # as it comes, nothing differs from the package
    assert page.text.count("In nothing.") == len(found.options)


def test_a_setting_is_changed_told_of_and_set_back(session: Session) -> None:
    path, page = session.ask(ready="demo")
    page = session.send(page, path, button=f"open/{LEVER}")
    assert f"#{id_of(LEVER)}" in page.url
    assert page.text.count(f'id="{id_of(LEVER)}"') == 1
    page = session.send(page, path, {SHARE: "0.3", f"because/{id_of(SHARE)}": "local survey"})
    assert page.status == 200
    assert "levers.best-practice-tariff.uplift_share : 0.3, packaged 0.24 (local survey)" in page.words
    assert "value: 0.3\n      because: local survey" in _file(session, path)
    page = session.send(page, path, {SHARE: "", f"because/{id_of(SHARE)}": ""})
    assert "uplift_share" not in _file(session, path)


def test_a_fault_is_told_at_its_field_in_the_words_of_the_command_line(session: Session, tmp_path: Path) -> None:
    path, page = session.ask(ready="demo")
    page = session.send(page, path, button=f"open/{LEVER}")
    end = f"{LEVER}/end"
    typed = {SHARE: "30%", f"{LEVER}/start": "2017", f"{LEVER}/strength": "-1", end: "2016-01", "title": "Kept <b>"}
    page = session.send(page, path, typed)
    assert page.status == 422
    mine = tmp_path / "my-tariff.yaml"
    mine.write_text(_file(session, path), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_scenario(mine)
    told = str(error.value)
    for name in (SHARE, f"{LEVER}/start", f"{LEVER}/strength"):
        tag, texts = _of_field(page, name)
        assert 'aria-invalid="true"' in tag
        assert any(text and text.replace("&#39;", "'").replace("&gt;", ">") in told for text in texts), (texts, told)
    sent = dict(fields_of(page.text, path))
    assert {name: sent[name] for name in typed} == typed
    # the page leads to the first of them, and nothing was run
    assert f'To mend before it can be run: <a href="#{id_of(f"{LEVER}/start")}">' in page.text
    assert "Known when what is at fault is mended." in page.words
    again = session.send(page, path, to=f"{path}/run")
    assert again.status == 422
    assert not session.served.house.jobs.all()


@pytest.mark.parametrize(
    ("field", "typed", "option"),
    [
        ("replicates", "many", "--replicates"),
        ("replicates", "0", "--replicates"),
        ("replicates", "1e9", "--replicates"),
        ("seed", "-1", "--seed"),
    ],
)
def test_what_options_share_is_told_as_on_the_command_line(
    session: Session, field: str, typed: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from support.command_line import refused

    path, page = session.ask(ready="demo")
    page = session.send(page, path, {field: typed, "title": "Kept"})
    assert page.status == 422
    assert dict(fields_of(page.text, path))[field] == typed
    assert dict(fields_of(page.text, path))["title"] == "Kept"
    (tag,) = re.findall(rf'<input[^>]*id="f-{field}"[^>]*>', page.text)
    assert 'aria-invalid="true"' in tag
    assert f'aria-describedby="f-{field}-e"' in tag
    words = refused(capsys, "compare", "baseline", "tariff", option, typed)
    (said,) = re.findall(rf'id="f-{field}-e">([^<]*)<', page.text)
    assert html.unescape(said).split(";")[0] in words


def test_a_horizon_for_all_and_one_that_cannot_be(session: Session) -> None:
    path, page = session.ask(ready="demo")
    page = session.send(page, path, {"months": "36"})
    assert page.status == 200
    assert "--set months=36" in page.words
    assert "2015-07 to 2018-06" in page.words
    page = session.send(page, path, {"months": "5000"})
    assert page.status == 422
    assert 'id="f-months-e"' in page.text
    assert dict(fields_of(page.text, path))["months"] == "5000"


def test_too_large_is_told_before_it_is_run(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusion.experiments.searches import estimate

    path, page = session.ask(ready="demo")
    # a machine that has all of its memory in use
    monkeypatch.setattr(estimate, "available_bytes", lambda: 1_000_000)
    page = session.send(page, path, {"replicates": "1999"})
    assert page.status == 422
    assert "GB of memory" in re.findall(r'id="f-replicates-e">([^<]*)<', page.text)[0]


def test_two_options_that_are_the_same_are_refused_beside_each_other(session: Session) -> None:
    path, page = session.ask(scenario="baseline")
    assert "so far" in page.words
    assert "To mend" in page.words
    page = session.send(page, path, {"option-1/lever-to-add": "expo"}, button="add-lever/option-1")
    assert "are the same scenario" not in page.words
    assert "roughly" in page.words
    assert "levers/expo" in _file(session, path, "option-1")


def test_levers_are_added_removed_and_switched_off(session: Session) -> None:
    path, page = session.ask(scenario="england-2025")
    page = session.send(page, path, {"option-1/lever-to-add": "league-tables"}, button="add-lever/option-1")
    # it has that one already: nothing is written, its settings are shown
    assert "extends: england-2025\n" in _file(session, path, "option-1")
    page = session.send(page, path, {"option-1/lever-to-add": "expo"}, button="add-lever/option-1")
    page = session.send(page, path, {"option-1/levers/expo/strength": "0.5"})
    page = session.send(page, path, button="remove-lever/option-1/expo")
    assert _file(session, path, "option-1") == "title: Option 1\nextends: england-2025\n"
    page = session.send(page, path, button="open/option-1/levers")
    page = session.send(page, path, {"option-1/levers/nice/enabled": ["off"]})
    assert page.status == 200
    assert "levers.nice.enabled : not in force, packaged in force" in page.words


def test_a_parameter_is_added_by_name_with_its_evidence(session: Session) -> None:
    path, page = session.ask(scenario="baseline")
    name = "option-1/parameters/awareness/push_per_month"
    wrong = session.send(page, path, {"option-1/parameter-to-add": "awareness.pusch"}, button="add-parameter/option-1")
    assert wrong.status == 422
    assert "there is no parameter 'awareness.pusch'" in wrong.words
    page = session.send(
        page, path, {"option-1/parameter-to-add": "awareness.push_per_month"}, button="add-parameter/option-1"
    )
    assert "plausible" in _of_field(page, name)[1][0]
    page = session.send(page, path, {name: "0.05"})
    assert page.status == 200
    assert "parameters.awareness.push_per_month : 0.05" in page.words
    page = session.send(page, path, button="drop-parameter/option-1/awareness/push_per_month")
    assert "parameters" not in _file(session, path, "option-1")


def test_six_options_and_no_more(session: Session) -> None:
    path, page = session.ask(ready="tools")
    for name in ("packaged/ten-year-plan", "copy/my-innovator-passport"):
        page = session.send(page, path, {"new-option": name}, button="add-option")
        assert page.status == 200
    assert 'id="add-option"' not in page.text
    page = session.send(page, path, button="open/my-ten-year-plan/levers/nice")
    assert len(page.body) < MOST_BYTES
    more = session.post(path, [("do", "add-option"), ("new-option", "empty")])
    assert more.status == 422
    assert "at most 6 beside what they are compared with" in more.words
    page = session.send(page, path, button="remove-option/my-ten-year-plan")
    assert page.status == 200
    assert 'id="add-option"' in page.text
    assert session.get(f"{path}/my-ten-year-plan.yaml").status == 404


def test_the_text_of_an_option_can_be_written_and_a_broken_one_mended(session: Session) -> None:
    path, page = session.ask(ready="demo")
    broken = "title: Mine\r\nextends: [baseline\r\n"
    page = session.send(page, path, {"my-tariff/yaml": broken})
    assert page.status == 422
    assert "not valid YAML" in page.words
    assert dict(fields_of(page.text, path))["my-tariff/yaml"].replace("\r\n", "\n") == broken.replace("\r\n", "\n")
    page = session.send(page, path, {"my-tariff/yaml": "title: Mine 東京 <i>\nextends: [baseline, levers/expo]\n"})
    assert page.status == 200
    assert "Mine 東京 &lt;i&gt;" in page.text
    assert "<i>" not in page.text


def test_two_pages_of_one_question_do_not_undo_each_other(session: Session) -> None:
    path, page = session.ask(ready="demo")
    one = session.send(page, path, button=f"open/{LEVER}")
    two = session.get(one.url.removeprefix(session.base).split("#")[0])
    session.send(one, path, {SHARE: "0.3"})
    session.send(two, path, {f"{LEVER}/strength": "0.5", "replicates": "40"})
    assert "uplift_share: 0.3" in _file(session, path)
    assert "strength: 0.5" in _file(session, path)


def test_what_was_changed_of_an_option_that_is_gone_is_told(session: Session) -> None:
    path, page = session.ask(ready="demo")
    one = session.send(page, path, button=f"open/{LEVER}")
    option = LEVER.partition("/")[0]
    session.send(one, path, button=f"remove-option/{option}")
    for to in (path, f"{path}/run"):
        lost = session.send(one, path, {SHARE: "0.3", "replicates": "40"}, to=to)
        assert lost.status == 422
        assert f"Removed on another page meanwhile, with what was changed here: {option}." in lost.text
        assert 'value="40"' in lost.text
    assert session.send(one, path, {"replicates": "41"}).status == 200


def test_faults_are_told_in_words_of_the_page(session: Session) -> None:
    """An option that says nothing of its own yet, and more than the machine can hold: no advice for a terminal."""
    path, page = session.ask(scenario="baseline")
    assert re.search(r"&#39;Option 1&#39; is the same as &#39;[^&]*&#39; so far", page.text)
    assert "add a lever to it" in page.text
    assert "baseline+local-first" not in page.text
    many = session.send(page, path, {"replicates": "3000"})
    assert "--" not in re.sub(r"<pre>.*?</pre>", "", "".join(re.findall(r'class="problem"[^>]*>(.*?)</p>', many.text)))


def test_files_that_are_too_large_for_a_page_are_refused(session: Session) -> None:
    levers = "".join(f"  x{number}: {{lever: expo}}\n" for number in range(4000))
    answer = session.post("/ask", [], [("many.yaml", f"title: Many\nextends: baseline\nlevers:\n{levers}".encode())])
    assert answer.status == 422
    assert "at most 60,000 bytes" in answer.text


def _options_of(command: list[str]) -> dict[str, object]:
    """Return what the command line makes of a command."""
    assert command[0] == "diffusion"
    group = typer.main.get_command(app)
    found = group.commands[command[1]]  # type: ignore[attr-defined]
    return dict(found.make_context(command[1], command[2:]).params)


@pytest.mark.parametrize("ready", ["today", "demo", "networks"])
def test_the_command_runs_the_same_scenarios(
    session: Session, ready: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import zipfile

    path, page = session.ask(ready=ready)
    changes = {"replicates": "12", "seed": "7", "months": "48", "parameters": "prior", "wanted": ["", "figures"]}
    page = session.send(page, path, {**changes, "regions": ["", "GM", "WX"], "target": "sector:acute"})
    assert page.status == 200, page.words
    archive = zipfile.ZipFile(io.BytesIO(session.get(f"{path}/question.zip").body))
    archive.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    command = shlex.split((tmp_path / "command.txt").read_text(encoding="utf-8"))
    assert shlex.join(command) in page.text.replace("&#39;", "'")
    taken = _options_of(command)
    assert (taken["replicates"], taken["seed"], taken["region"], taken["figures"]) == (12, 7, ["GM", "WX"], True)
    assert (taken["slides"], taken["asked_for"]) == (False, "sector:acute")
    by_command = load_checked(taken["scenarios"], taken["settings"], None, taken["parameters"])  # type: ignore[arg-type]
    house = session.served.house
    question = house.questions.get(path.removeprefix("/ask/"))
    from diffusion.web.ask.asking import given_of

    given = {**given_of(question, "out"), "files": str(house.questions.folder(question.id))}
    by_page = scenarios_of(given, None)  # type: ignore[arg-type]
    assert [each.content_hash for each in by_page] == [each.content_hash for each in by_command]
    assert [each.name for each in by_page] == [each.name for each in by_command]


def test_what_a_form_cannot_send_is_refused(session: Session) -> None:
    path, page = session.ask(ready="demo")
    for fields, at, words in (
        ({"yardstick": "/etc/passwd"}, "yardstick", "there is no scenario"),
        ({"yardstick": "../../secret.yaml"}, "yardstick", "there is no scenario"),
        ({"regions": ["/etc/passwd"]}, "regions", "there is no region"),
        ({"target": "ahsn:nowhere"}, "target", "there is no ahsn"),
    ):
        answer = session.send(page, path, fields)  # type: ignore[arg-type]
        assert answer.status == 422, fields
        assert words in re.findall(rf'id="f-{at}-e">([^<]*)<', answer.text)[0], fields
        assert f'aria-describedby="f-{at}-e"' in answer.text
        page = session.send(answer, path, {"yardstick": "baseline", "regions": [""], "target": ""})
        assert page.status == 200
    assert session.post(path, [("do", "remove-option/none")]).status == 404
    assert session.post(path, [("do", "no-such-button")]).status == 404
    assert session.post("/ask", [("scenario", "/etc/passwd")]).status == 422
    assert session.get("/ask/0000000000000000").status == 404


def test_questions_are_listed_and_deleted(session: Session) -> None:
    path, _ = session.ask(ready="time")
    assert f'href="{path}"' in session.get("/").text
    page = session.post(f"{path}/remove", [])
    assert page.status == 200
    assert f'href="{path}"' not in page.text
    assert session.get(path).status == 404


def test_a_file_named_at_the_start_is_compared_with_and_copied(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("title: Mine\nextends: [baseline, levers/expo]\n", encoding="utf-8")
    (tmp_path / "results").mkdir()
    with serving(tmp_path / "results", {"mine": mine}) as served:
        session = Session(served)
        path, page = session.ask(scenario="mine")
        assert page.status == 200
        assert "so far" in page.words
        page = session.send(page, path, {"my-mine/lever-to-add": "nice"}, button="add-lever/my-mine")
        assert "roughly" in page.words
        assert str(tmp_path) not in page.text
        assert "diffusion compare mine.yaml" in page.words


def test_an_own_lever_has_its_fields_where_its_module_was_named(session: Session) -> None:
    from diffusion.scenario.plugins import use_python_modules

    text = b"title: Mine\nextends: baseline\nlevers: {awareness-campaign: {start: 2018-01, gain: 5000}}\n"
    page = session.post("/ask", [], [("mine.yaml", text)])
    assert "unknown lever 'awareness-campaign'" in page.words
    assert "--python MODULE" in page.words
    use_python_modules([str(Path(__file__).parents[2] / "examples" / "ten_line_lever.py")])
    path, page = session.ask(scenario="baseline")
    page = session.send(page, path, {"option-1/lever-to-add": "awareness-campaign"}, button="add-lever/option-1")
    gain = "option-1/levers/awareness-campaign/gain"
    assert "added to the awareness push; plausible 0 to 2; evidence C, assumption" in _of_field(page, gain)[1]
    page = session.send(page, path, {gain: "1.5"})
    assert page.status == 200
    assert "awareness-campaign:\n    gain: 1.5" in _file(session, path, "option-1")


def test_pages_need_nothing_that_runs_need() -> None:
    """In a process of its own: what a page imports."""
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import tempfile; from pathlib import Path\n"
        "from support.web_session import Session, serving\n"
        "with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served:\n"
        "    session = Session(served)\n"
        "    path, page = session.ask(ready='demo')\n"
        "    page = session.send(page, path, {'regions': ['', 'GM'], 'target': 'ahsn:GM'})\n"
        "    assert page.status == 200, page.words\n"
        "print([name for name in ('numba', 'pandas', 'pyarrow', 'matplotlib', 'scipy') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_what_is_run_is_what_the_command_runs_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options beside a yardstick, and one scenario alone."""
    import io
    import time
    import zipfile

    from diffusion.cli.app import main

    (tmp_path / "results").mkdir()
    few = {"replicates": "6", "months": "24", "wanted": [""]}
    with serving(tmp_path / "results") as served:
        session = Session(served)
        path, page = session.ask(ready="tariffs")
        page = session.send(page, path, {**few, "title": "Both"})
        alone, single = session.ask(scenario="no-programmes")
        single = session.send(single, alone, {**few, "title": "Alone"}, button="remove-option/option-1")
        assert session.send(page, path, to=f"{path}/run").url.startswith(f"{session.base}/jobs/")
        assert session.send(single, alone, to=f"{alone}/run").url.startswith(f"{session.base}/jobs/")
        until = time.monotonic() + 300
        while not all(progress.over for _, progress in served.house.jobs.all()) and time.monotonic() < until:
            time.sleep(0.2)
        assert [progress.state for _, progress in served.house.jobs.all()] == ["done", "done"]
        for name, question in (("both", path), ("alone", alone)):
            place = tmp_path / name
            zipfile.ZipFile(io.BytesIO(session.get(f"{question}/question.zip").body)).extractall(place)
            monkeypatch.chdir(place)
            command = shlex.split((place / "command.txt").read_text(encoding="utf-8"))
            with pytest.raises(SystemExit) as leaving:
                main([*command[1:], "--out", "here"])
            assert not leaving.value.code
            ours = {each.name: each.read_bytes() for each in (tmp_path / "results" / name / "tables").iterdir()}
            assert ours == {each.name: each.read_bytes() for each in (place / "here" / "tables").iterdir()}
            assert len(ours) > 10
