"""A server of the pages, and a session with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.web_session import Session, serving


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with serving(tmp_path_factory.mktemp("results")) as served:
        yield Session(served)
