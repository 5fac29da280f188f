"""The real server as a process of its own, and a real browser that looks at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.app_server import App, started
from support.app_world import small_scenario
from support.web_session import Session, serving


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
