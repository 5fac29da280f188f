"""``diffusion app``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.numbers import Whole
from diffusion.cli.shared.options import Modules


def web_app(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Files of your own scenarios, to pick from beside the packaged ones.")
    ] = None,
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="The folder of results that it shows and writes to.")
    ] = Path("results"),
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", parser=Whole("--port", 1024, 65535), help="Port; default: a free one."),
    ] = None,
    plain_address: Annotated[
        bool,
        typer.Option(
            "--plain-address", help="Stay at 127.0.0.1, for browsers that do not find names in .localhost (less safe)."
        ),
    ] = False,
    python: Modules = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Open a page to ask with, on this machine alone: pick a question, run it, take the report away."""
    import asyncio
    from contextlib import suppress

    from diffusion.cli.shared.console import say
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.web.server import serve

    use_python_modules(python or ())
    named = {}
    for text in scenarios or ():
        load_scenario(text)
        named[Path(text).stem] = Path(text).resolve()

    def tell(address: str) -> None:
        say(f"The page is at {address}")
        say(
            "It is for you alone, on this machine; results are written to "
            f"{root}. Ctrl-C ends it, and what still runs goes on when it is started again."
        )

    with suppress(KeyboardInterrupt):
        asyncio.run(serve(root, port, tuple(python or ()), named, not no_browser, tell, plain_address))
