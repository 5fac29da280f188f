"""Which page answers which address."""

from __future__ import annotations

from tornado.web import HTTPError

from diffusion.web.pages.ask import NewQuestion
from diffusion.web.pages.job import JobLive, JobPage, JobStop
from diffusion.web.pages.page import Page
from diffusion.web.pages.question import QuestionFile, QuestionPage, QuestionRemove, QuestionRun, QuestionZip
from diffusion.web.pages.start import StartPage

#: a job's or a question's name
_ID = r"([0-9a-f]{16})"
ROUTES: list[tuple[str, type[Page]]] = [
    (r"/", StartPage),
    (r"/ask", NewQuestion),
    (rf"/ask/{_ID}", QuestionPage),
    (rf"/ask/{_ID}/run", QuestionRun),
    (rf"/ask/{_ID}/remove", QuestionRemove),
    (rf"/ask/{_ID}/question\.zip", QuestionZip),
    (rf"/ask/{_ID}/([^/]{{1,400}})\.yaml", QuestionFile),
    (rf"/jobs/{_ID}", JobPage),
    (rf"/jobs/{_ID}/live", JobLive),
    (rf"/jobs/{_ID}/stop", JobStop),
]


class Missing(Page):
    """Whatever there is no page for."""

    def prepare(self) -> None:
        super().prepare()
        raise HTTPError(404)
