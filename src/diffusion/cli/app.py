"""``diffusion``: the root command, and what happens to errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from diffusion.cli import (
    ablate,
    analyse,
    calibrate,
    compare,
    describe,
    diff,
    evidence,
    innovations,
    levers,
    network,
    parameters,
    report,
    rerun,
    run,
    scenarios,
    sensitivity,
    studies,
    sweep,
    validate,
    web_app,
    worlds,
)
from diffusion.cli.shared.plain_signs import show_plainly
from diffusion.errors import InputError
from diffusion.outlets import shown
from diffusion.processes import seldom_collect
from diffusion.safe_path import pass_over_settings, safe_children


class _Visible(TyperGroup):
    """Commands whose complaints about what was typed are safe to print: names of files come from anywhere."""

    def make_context(self, *given: Any, **more: Any) -> Any:
        with _visible_complaints():
            return super().make_context(*given, **more)

    def invoke(self, ctx: Any) -> Any:
        with _visible_complaints():
            return super().invoke(ctx)


@contextmanager
def _visible_complaints() -> Iterator[None]:
    # the class of all complaints about usage, wherever this version of Typer keeps it
    usage_error: Any = typer.BadParameter.__base__
    try:
        yield
    except usage_error as error:
        text = error.format_message()
        if shown(text) == text:
            raise
        raise usage_error(shown(text), error.ctx) from None


app = typer.Typer(
    name="diffusion",
    cls=_Visible,
    help="How innovations spread through the NHS in England: simulate, compare and explain policies.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: diffusion compare baseline local-first --replicates 50",
)


def _version(wanted: bool) -> None:
    if wanted:
        from diffusion import __version__

        typer.echo(f"diffusion {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and stop.", callback=_version, is_eager=True
    ),
) -> None:
    pass


app.command("run")(run.run)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("rerun")(rerun.rerun)
app.command("diff")(diff.diff)
app.command("ablate")(ablate.ablate)
app.command("analyse")(analyse.analyse)
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(studies.app, name="studies")
app.command("sensitivity")(sensitivity.sensitivity)
app.add_typer(levers.app, name="levers")
app.add_typer(innovations.app, name="innovations")
app.add_typer(worlds.app, name="worlds")
app.command("parameters")(parameters.parameters)
app.add_typer(describe.app, name="describe")
app.add_typer(network.app, name="network")
app.add_typer(sweep.app, name="sweep")
app.add_typer(evidence.app, name="evidence")
app.command("validate")(validate.validate)
app.command("calibrate")(calibrate.calibrate)
app.command("app")(web_app.web_app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0, 2 for bad input, 130 when interrupted, 70 for what no command foresaw: a fault of the program, a full disk.
    """
    from diffusion.cli.shared.streams import flush_streams, give_up_output, prepare_streams

    if "diffusion.reading.files" in sys.modules:  # a second command in the same process
        from diffusion.reading.files import forget_inputs

        forget_inputs()
    seldom_collect()
    prepare_streams()
    show_plainly(sys.stdout, sys.stderr)
    try:
        try:
            with safe_children():
                pass_over_settings()
                app(args=list(arguments) if arguments is not None else None)
        finally:
            flush_streams()
    except InputError as error:
        _leave(error, arguments)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe, `head` say, has enough: leave without a message, also at shutdown.
        give_up_output()
        sys.exit(1)
    except Exception as error:
        give_up_output()
        _leave(error, arguments)


def _leave(error: Exception, arguments: Sequence[str] | None) -> NoReturn:
    """Tell of an error, and leave with its exit code."""
    from diffusion.cli.shared.last_handler import EXIT_CODE, tell_failure, unusable_path

    error = unusable_path(error) or error
    try:
        os.getcwd()
        if isinstance(error, InputError):
            from diffusion.cli.shared.console import print_problems

            print_problems(error)
            sys.exit(error.exit_code)
    except FileNotFoundError:
        # most that uses a path fails then, each in its own way
        _say("error: the current folder no longer exists; go to one that does, for example with 'cd ~'")
        sys.exit(InputError.exit_code)
    except Exception as another:  # nothing may be lost because it cannot be told nicely
        error = another
    command = ["diffusion", *(sys.argv[1:] if arguments is None else arguments)]
    try:
        code = tell_failure(error, _say, command)
    except Exception:
        _say(f"error: {type(error).__name__}: {error}")
        code = EXIT_CODE
    sys.exit(code)


def _say(text: str) -> None:
    """Print to standard error, with nothing that could fail in turn."""
    with suppress(OSError, ValueError):
        print(shown(text), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
