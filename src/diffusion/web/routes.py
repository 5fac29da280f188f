"""Which page answers which address."""

from __future__ import annotations

from tornado.web import HTTPError, stream_request_body

from diffusion.web.base.seen import FIGURE, SHEET
from diffusion.web.pages.ask import NewQuestion
from diffusion.web.pages.job import JobLive, JobPage, JobQuestion, JobStop
from diffusion.web.pages.library import ComparedPage, LibraryPage, RemovedChange
from diffusion.web.pages.page import Page
from diffusion.web.pages.question import QuestionFile, QuestionPage, QuestionRemove, QuestionRun, QuestionZip
from diffusion.web.pages.result import FigureOf, ResultPage, ResultPart, ResultRest
from diffusion.web.pages.result_changes import Again, ChangePage, Delete, Rename, ToQuestion, WhyPage, WriteNote
from diffusion.web.pages.result_files import FileDownload, FilesPage, MakeFiles, StoredPage
from diffusion.web.pages.result_groups import InnovationPage, InnovationsPage, RegionPage, RegionsPage
from diffusion.web.pages.start import StartPage
from diffusion.web.pages.studies import StudiesPage, StudyFile, StudyPage, StudyStart

#: a job's or a question's name
_ID = r"([0-9a-f]{16})"
#: a result's folder
_RESULT = r"/results/([^/]+)"
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
    (rf"/jobs/{_ID}/question", JobQuestion),
    # results, and the library of them
    (r"/results", LibraryPage),
    (r"/results/compare", ComparedPage),
    (rf"/results/removed/{_ID}/(undo|delete)", RemovedChange),
    (rf"{_RESULT}/?", ResultPage),
    (rf"{_RESULT}/rest", ResultRest),
    (rf"{_RESULT}/parts/(\d{{1,3}})", ResultPart),
    (rf"{_RESULT}/figures/(?:({SHEET})\.)?({FIGURE})(?:\.(svg|png|csv))?", FigureOf),
    (rf"{_RESULT}/regions", RegionsPage),
    (rf"{_RESULT}/regions/([^/]+)", RegionPage),
    (rf"{_RESULT}/innovations", InnovationsPage),
    (rf"{_RESULT}/innovations/([^/]+)", InnovationPage),
    (rf"{_RESULT}/report", StoredPage),
    (rf"{_RESULT}/report/([^/]+)", StoredPage),
    (rf"{_RESULT}/files", FilesPage),
    (rf"{_RESULT}/files/(.+)", FileDownload),
    (rf"{_RESULT}/make", MakeFiles),
    (rf"{_RESULT}/change", ChangePage),
    (rf"{_RESULT}/rename", Rename),
    (rf"{_RESULT}/note", WriteNote),
    (rf"{_RESULT}/delete", Delete),
    (rf"{_RESULT}/why", WhyPage),
    (rf"{_RESULT}/again", Again),
    (rf"{_RESULT}/question", ToQuestion),
    # studies
    (r"/studies", StudiesPage),
    (r"/studies/([a-z0-9-]{1,80})", StudyPage),
    (r"/studies/([a-z0-9-]{1,80})/start", StudyStart),
    (r"/studies/([a-z0-9-]{1,80})/files/([^/]{1,200})", StudyFile),
]


class Missing(Page):
    """Whatever there is no page for."""

    def prepare(self) -> None:
        super().prepare()
        raise HTTPError(404)


@stream_request_body
class TooLarge(Page):
    """Whatever holds more than a page takes: it is read, let go piece by piece, and refused in words."""

    def check_xsrf_cookie(self) -> None:
        """Nothing is done: the token is somewhere in what is not kept."""

    def data_received(self, chunk: bytes) -> None:
        """Keep nothing."""

    def post(self, *given: str) -> None:
        raise HTTPError(413)

    get = put = patch = delete = post
