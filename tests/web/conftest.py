"""Results that tests of the app look at: made once, copied for tests that change them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from diffusion.web.helpers.helper import Helper
from support.app_results import helpers, make_results
from support.app_server import App, started
from support.app_world import small_scenario
from support.web_session import Session, serving


@pytest.fixture(scope="session")
def made_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results, which nobody changes."""
    root = tmp_path_factory.mktemp("made") / "results"
    root.mkdir()
    make_results(root)
    return root


@pytest.fixture(scope="session")
def app_helpers() -> Iterator[tuple[Helper, Helper]]:
    with helpers() as both:
        yield both


@pytest.fixture
def app_root(
    request: pytest.FixtureRequest, made_results: Path, app_helpers: tuple[Helper, Helper], tmp_path: Path
) -> Path:
    """A copy of the results, as the root of the app that the test class asks."""
    root = tmp_path / "results"
    shutil.copytree(made_results, root)
    case = request.instance
    case.root, (case.runner, case.drawer) = root, app_helpers
    return root


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A server on a root of its own, with a small scenario to pick from, ended after the module's tests."""
    folder = tmp_path_factory.mktemp("app")
    scenario = small_scenario(folder)
    with started(folder / "results", str(scenario)) as app:
        yield app


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with serving(tmp_path_factory.mktemp("results")) as served:
        yield Session(served)
