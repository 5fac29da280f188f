"""The library: names are looked up and never trusted, and nothing is lost or written over."""

from __future__ import annotations

import html
import json
import os
import time
import urllib.parse
from dataclasses import replace
from urllib.parse import quote

import pytest

from diffusion.scenario.load import load_scenario
from diffusion.storage.finished import MADE_AGAIN, open_finished
from diffusion.storage.folder import check_replaceable
from diffusion.web.ask.asking import submit
from diffusion.web.ask.question import Option, Question
from diffusion.web.base.guard import REPORT_POLICY
from diffusion.web.jobs.store import Progress
from support.app_results import AppCase

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("app_root")]


class TestLibrary(AppCase):
    def done(self, path: str) -> Progress:
        """Wait for a job; return how it ended."""
        id = path.rpartition("/")[2]
        until = time.monotonic() + 100
        while not self.house.jobs.progress(id).over and time.monotonic() < until:
            time.sleep(0.1)
        return self.house.jobs.progress(id)

    def test_all_are_listed_the_newest_first(self) -> None:
        page = self.text("/results")
        assert page.index('href="/results/own"') < page.index('href="/results/second"')
        assert page.index('href="/results/second"') < page.index('href="/results/first"')
        assert "One alone" in page
        assert "synthetic" in page

    def test_only_folders_below_the_root_are_results(self) -> None:
        outside = self.root.parent / "elsewhere"
        (self.root / "first").rename(outside)
        (self.root / "link").symlink_to(outside)
        (self.root / ".hidden").symlink_to(outside)
        (self.root / "own").rename(self.root / ".own")
        (self.root / "a" / "inner").mkdir(parents=True)
        for name in (
            "link",
            ".hidden",
            ".own",
            ".app",
            "..",
            ".",
            "",
            "SECOND",
            "Second",
            "second.",
            "a",
            "a/inner",
            "../elsewhere",
            str(outside),
            "second/../second",
            "second\0",
            "second%00",
            "none",
            "..\\elsewhere",
        ):
            named = quote(name, safe="")
            for path in (
                "",
                "?whole=1",
                "/rest",
                "/files",
                "/files/manifest.json",
                "/report/index.html",
                "/regions",
                "/figures/figure1.svg",
                "/change",
                "/why",
            ):
                if name:
                    assert self.ask(f"/results/{named}{path}").code == 404, (name, path)
            if name:
                for path in ("rename", "note", "delete", "again", "make", "question"):
                    answer = self.ask(f"/results/{named}/{path}", {"name": "x", "note": "x"})
                    assert answer.code == 404, (name, path, answer.code)
        assert (outside / "manifest.json").is_file()
        assert "/results/link" not in self.text("/results")

    def test_files_are_those_of_the_folder_alone(self) -> None:
        (self.root / "first" / "tables" / "link.csv").symlink_to("/etc/hostname")
        (self.root / "first" / ".secret").write_text("x")
        for path in (
            "../second/manifest.json",
            "..%2fsecond%2fmanifest.json",
            "tables/../manifest.json",
            "/etc/passwd",
            "%2fetc%2fpasswd",
            "tables/link.csv",
            ".secret",
            "tables",
            "tables//equity.csv",
            "Manifest.json",
            "manifest.json%00",
        ):
            assert self.ask(f"/results/first/files/{path}").code in (400, 404), path
            assert self.ask(f"/results/first/report/{path}").code in (400, 404), path
        listed = self.text("/results/first/files")
        assert "link.csv" not in listed
        assert ".secret" not in listed
        answer = self.ask("/results/first/files/tables/equity.csv")
        assert answer.body == (self.root / "first" / "tables" / "equity.csv").read_bytes()
        assert answer.headers["Content-Disposition"] == 'attachment; filename="equity.csv"'

    def test_stored_pages_are_served_as_they_are_and_may_do_nothing(self) -> None:
        assert self.ask("/results/first/report").headers["Location"] == "/results/first/report/index.html"
        for name in ("index.html", "region-EAST.html"):
            answer = self.ask(f"/results/first/report/{name}")
            assert answer.body == (self.root / "first" / name).read_bytes()
            assert answer.headers["Content-Security-Policy"] == REPORT_POLICY
        assert self.ask("/results/first/report/manifest.json").code == 404

    def test_a_new_name(self) -> None:
        self.ask("/results/first/note", {"note": "Keep <i>this</i>\n& that"})
        answer = self.ask("/results/first/rename", {"name": " better-name "})
        assert (answer.code, answer.headers["Location"]) == (303, "/results/better-name")
        page = self.text("/results/better-name")
        assert html.escape("Keep <i>this</i>", quote=False) in page
        assert "<i>" not in page
        assert not (self.root / "first").exists()
        assert self.ask("/results/first").code == 404
        self.text("/results/better-name/figures/figure1")

    def test_names_that_cannot_be(self) -> None:
        (self.root / "empty").mkdir()
        (self.root / "file").write_text("x")
        before = sorted(os.listdir(self.root))
        for name in (
            "second",
            "SECOND",
            "empty",
            "file",
            "",
            "..",
            ".",
            "a/b",
            "a\\b",
            ".hidden",
            "con",
            "-x",
            "a b",
            "x" * 300,
            "compare",
            "../out",
            "<b>",
            "\u202ex",
        ):
            answer = self.ask("/results/first/rename", {"name": name})
            assert answer.code == 422, name
            page = answer.body.decode()
            assert 'aria-invalid="true"' in page
            assert "<b>" not in page
            assert str(self.root) not in page
        assert sorted(os.listdir(self.root)) == before
        assert not os.listdir(self.root / "empty")
        assert self.ask("/results/first/rename", {"name": "First"}).headers["Location"] == "/results/First"

    def test_a_note_is_no_part_of_the_result(self) -> None:
        folder = self.root / "first"
        before = sorted(path for path in folder.rglob("*"))
        assert self.ask("/results/first/note", {"note": "Mine"}).code == 303
        assert sorted(path for path in folder.rglob("*")) == before
        finished = open_finished(folder, may_miss=MADE_AGAIN)
        assert not finished.altered
        assert not finished.beside
        check_replaceable(folder, force=True)
        assert self.ask("/results/first/make", {"what": ""}).code == 303  # another page, another manifest
        assert "Mine" in self.text("/results")
        assert "Mine" in self.text("/results/first")
        assert self.ask("/results/first/note", {"note": "x" * 5_000}).code == 422
        assert self.ask("/results/first/note", {"note": " "}).code == 303
        assert "Mine" not in self.text("/results")

    def test_removed_and_put_back(self) -> None:
        assert self.ask("/results/first").code == 200
        assert "Remove it" in self.text("/results/first/delete")
        assert (self.root / "first").is_dir()
        answer = self.ask("/results/first/delete", {})
        assert answer.code == 303
        assert not (self.root / "first").exists()
        id = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)["removed"][0]
        assert f"/results/removed/{id}/undo" in self.text(answer.headers["Location"])
        (self.root / "first").mkdir()  # somebody took the name
        back = self.ask(f"/results/removed/{id}/undo", {})
        assert back.headers["Location"] == "/results/first-2"
        assert not os.listdir(self.root / "first")
        assert not open_finished(self.root / "first-2").altered
        assert self.ask(f"/results/removed/{id}/undo", {}).code == 404
        again = self.ask("/results/first-2/delete", {}).headers["Location"].rpartition("=")[2]
        assert self.ask(f"/results/removed/{again}/delete", {}).code == 303
        assert "first-2" not in self.text("/results")
        assert not list((self.house.own / "removed").iterdir())

    def test_two_side_by_side(self) -> None:
        page = self.text("/results/compare?a=first&b=second")
        assert "What moved" in page
        assert "Outcomes" in page
        assert "doubt.source" in page
        assert "These are one result" in self.text("/results/compare?a=first&b=first")
        assert "nothing in common" in self.text("/results/compare?a=first&b=own")
        assert self.ask("/results/compare?a=first&b=..").code == 404

    def test_a_helper_that_dies_is_begun_again(self) -> None:
        self.text("/results/first/figures/figure1")
        assert self.drawer.process_id is not None
        os.kill(self.drawer.process_id, 9)
        assert self.ask("/results/first/figures/figure3.svg").code == 200

    def test_files_are_made_and_can_be_taken_away(self) -> None:
        answer = self.ask("/results/first/make", {"what": "slides"})
        assert answer.code == 303
        page = self.text(answer.headers["Location"])
        assert 'href="/results/first/files/slides.pptx"' in page
        assert self.ask("/results/first/files/slides.pptx").body.startswith(b"PK")
        assert not open_finished(self.root / "first").altered
        assert self.ask("/results/first/make", {"what": "--force"}).code == 400

    def test_run_again_and_the_tables_are_the_same(self) -> None:
        answer = self.ask("/results/first/again", {})
        assert self.done(answer.headers["Location"]).state == "done"
        page = self.text("/results/first-again")
        assert "tables that both have are the same to the byte" in page
        assert "in one of the two alone" not in page
        for path in (self.root / "first" / "tables").iterdir():
            assert (self.root / "first-again" / "tables" / path.name).read_bytes() == path.read_bytes()
        assert (self.root / "first-again" / "region-EAST.html").is_file()

    def test_a_job_leads_to_its_result_whatever_its_name_is_now(self) -> None:
        for asked in ({}, {"levers": "1"}):
            job = self.ask("/results/second/again", asked).headers["Location"]
            assert self.done(job).state == "done"
            out = self.house.jobs.get(job.rpartition("/")[2]).out
            assert f'href="/results/{out}"' in self.text(job)
            assert f'href="/results/{out}"' in self.text("/")
            assert self.ask(f"/results/{out}/rename", {"name": f"{out}-since"}).code == 303
            (self.root / out).mkdir()  # another folder that took its name is not what came out
            assert f'href="/results/{out}-since"' in self.text("/")
            assert f'href="/results/{out}-since"' in self.text(job)
            (self.root / out).rmdir()
            (self.root / f"{out}-since").rename(self.root.parent / out)
            assert f'href="{job}"' in self.text("/")
            assert "not among the" in self.text(job)
            assert self.ask(f"{job}/live").headers["HX-Redirect"] == job

    def test_what_was_written_before_the_server_ended_is_not_run_twice(self) -> None:
        """Runs again and levers taken apart: the job is handed out once more after its folder is there."""
        for asked in ({}, {"levers": "1"}):
            id = self.ask("/results/second/again", asked).headers["Location"].rpartition("/")[2]
            assert self.done(id).state == "done"
            written = (self.root / self.house.jobs.get(id).out / "manifest.json").read_bytes()
            self.house.jobs.note(id, Progress("running"))
            assert self.house.queue.take_up() == [id]
            progress = self.done(id)
            assert (progress.state, progress.problems) == ("done", ())
            assert (self.root / self.house.jobs.get(id).out / "manifest.json").read_bytes() == written

    def test_the_question_of_a_result_is_as_it_was_asked(self) -> None:
        """Also where it was changed since, from the result, from its job, and from a result that was run again."""
        world = "world: {synthetic: {england_like: true, n_trusts: 20, n_innovations: 3, kind: mix}}\nmonths: 3\n"
        asked = Question("", "one", (Option("one", f"title: One\n{world}"),), "For the minister", 2, seed=5)
        asked = self.house.questions.new(replace(asked, parameters="defaults"))
        job = submit(asked, self.house.jobs, self.house.queue, self.root, asked.title)
        assert self.done(job.id).state == "done"
        assert "For the minister" in self.text(f"/results/{job.out}")
        assert "For the minister" in self.text("/results")
        assert "<h1>For the minister</h1>" in self.text(f"/results/{job.out}?whole=1")
        assert "<h1>For the minister</h1>" in self.text(f"/results/{job.out}")
        again = self.ask(f"/results/{job.out}/again", {}).headers["Location"]
        assert self.done(again).state == "done"
        places = [f"/results/{job.out}/question", f"/jobs/{job.id}/question", f"{again}/question"]
        places.append(f"/results/{self.house.jobs.get(again.rpartition('/')[2]).out}/question")
        for place in places:
            assert self.ask(place, {}).headers["Location"] == f"/ask/{asked.id}"
        self.house.questions.put(replace(asked, title="Another", replicates=50))
        new = [self.ask(place, {}).headers["Location"].rpartition("/")[2] for place in places]
        assert len(set(new)) == 1
        assert new[0] != asked.id
        found = self.house.questions.get(new[0])
        assert replace(found, id=asked.id, changed=asked.changed) == asked
        self.house.questions.remove(asked.id)
        assert self.ask(places[0], {}).headers["Location"] == f"/ask/{new[0]}"
        assert self.ask(f"/jobs/{'0' * 16}/question", {}).code == 404

    def test_addresses_of_forms_lead_back_to_their_pages(self) -> None:
        for path, page in (
            ("/results/first/again", "/results/first"),
            ("/results/first/question", "/results/first"),
            (f"/ask/{'0' * 16}/run", f"/ask/{'0' * 16}"),
            (f"/results/removed/{'0' * 16}/undo", "/results"),
            ("/studies/screening/start", "/studies/screening"),
        ):
            answer = self.ask(path)
            assert (answer.code, answer.headers["Location"]) == (303, page)

    def test_two_that_change_a_question_at_once_are_both_heard(self) -> None:
        question = self.house.questions.new(Question("", "baseline"))

        async def all_at_once() -> None:
            form = {"do": "add-option", "new-option": "empty", "_xsrf": token}
            sent = [
                self.get_http_client().fetch(
                    self.get_url(f"/ask/{question.id}"),
                    method="POST",
                    body=urllib.parse.urlencode(form),
                    headers=headers,
                    follow_redirects=False,
                    raise_error=False,
                )
                for _ in range(5)
            ]
            assert {answer.code for answer in [await each for each in sent]} <= {303, 422}

        headers, token = self.with_session()
        self.io_loop.run_sync(all_at_once, 60)
        assert len(self.house.questions.get(question.id).options) == 5

    def test_with_a_region_and_with_reasons(self) -> None:
        assert "more scenarios of 6 runs each" in self.text("/results/first/why")
        answers = [self.ask("/results/first/again", more) for more in ({"region": "GM"}, {"why": "1"})]
        assert [self.done(answer.headers["Location"]).state for answer in answers] == ["done", "done"]
        assert "Its trusts" in self.text("/results/first-region/regions/GM")
        assert "Its trusts" in self.text("/results/first-region/regions/EAST")
        page = self.text("/results/first-why?whole=1")
        assert '<h2 id="why">' in page
        assert "are the same to the byte" in page
        command = json.loads((self.root / "first-why" / "manifest.json").read_text())["command"]
        assert command[-1] == "--why"
        assert command[command.index("--out") + 1] == "first-why"
        assert 'href="/results/first-why#why"' in self.text("/results/first-why/why")
        assert self.done(self.ask("/results/first/again", {"region": "NONE"}).headers["Location"]).state == "failed"

    def test_taken_apart_by_levers(self) -> None:
        page = self.text("/results/second/why")
        assert 'name="levers" value="1"' in page
        assert "At most " in page
        answer = self.ask("/results/second/again", {"levers": "1"})
        assert self.done(answer.headers["Location"]).state == "done"
        page = self.text("/results/second-levers-of-more")
        assert 'src="/results/second-levers-of-more/files/figures/attribution.svg"' in page
        command = json.loads((self.root / "second-levers-of-more" / "manifest.json").read_text())["command"]
        assert command[1:5] == ["ablate", "more.yaml", "--replicates", "5"]
        page = self.text("/results/second?whole=1")
        assert 'href="/results/second-levers-of-more"' in page
        assert "What the difference is made of" in page
        (self.root / "second-levers-of-more" / "tables" / "levers.csv").write_bytes(b"")
        assert "What the difference is made of" not in self.text("/results/second?whole=1")
        for wrong in ("2", "-1", "x", "1e3"):
            assert self.ask("/results/second/again", {"levers": wrong}).code == 400

    def test_a_result_becomes_a_question(self) -> None:
        answer = self.ask("/results/second/question", {})
        question = self.house.questions.get(answer.headers["Location"].rpartition("/")[2])
        assert (question.yardstick, question.replicates, question.seed) == ("ours", 5, 3)
        assert question.parameters == "defaults"
        assert [option.name for option in question.options] == ["ours", "more"]
        entries = json.loads((self.root / "second" / "manifest.json").read_text())["scenarios"]
        folder = self.house.questions.folder(question.id)
        for option, entry in zip(question.options, entries):
            assert load_scenario(str(folder / option.file)).content_hash == entry["sha256"]
        first = self.ask("/results/first/question", {}).headers["Location"].rpartition("/")[2]
        assert self.house.questions.get(first).regions == ("EAST",)
        own = self.ask("/results/own/question", {})
        assert own.code == 422
        assert "tables of their own" in own.body.decode()
