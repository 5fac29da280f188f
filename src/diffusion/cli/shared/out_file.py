"""Single files that commands write: never over another file without --force, and never over what is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diffusion.errors import InputError


def check_file(out: Path, *, force: bool, example: str, key: str = "--out") -> None:
    """Make sure that ``out`` may be written; raises InputError.

    A link is neither followed nor replaced, and what this command has read is not overwritten, not even by force.
    """
    from diffusion.drafts import is_link
    from diffusion.reading.files import input_at

    fault, expected, hint = "", "a file in an existing folder", f"for example {key} {example}"
    try:
        if is_link(out):
            fault, expected, hint = "this is a link to another place", "a file itself", "choose another name"
        elif out.is_dir():
            fault = f"'{out}' is a folder, not a file"
        elif not out.parent.is_dir():
            fault = f"'{out}' is in a folder that does not exist"
        elif input_at(out) is not None:
            fault, expected, hint = "this command reads that file", "another file", "choose another name"
        elif out.exists() and not out.is_file():
            fault, expected, hint = "this is a device, not a file", "a file", "leave the option out to print"
        elif out.exists() and not force:
            fault, expected, hint = "the file exists", "a new file", "choose another name, or overwrite with --force"
    except OSError as error:
        fault = f"the file cannot be used: {error.strerror or error}"
    if fault:
        raise InputError(fault, file=out, key=key, expected=expected, suggestion=hint)


@contextmanager
def out_file(out: Path, *, force: bool, example: str, key: str = "--out") -> Iterator[Path]:
    """Give a file to write to, which becomes ``out`` when the block ends well; raises InputError."""
    from diffusion.drafts import drafted

    check_file(out, force=force, example=example, key=key)
    try:
        with drafted(out) as draft:
            yield draft
            check_file(out, force=force, example=example, key=key)
    except InputError as error:
        raise (error.at(out, key=key) if error.file == str(draft) else error) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror or error}",
            file=out,
            key=key,
            expected="a file in a folder of your own, which no other program has open",
            suggestion=f"for example {key} {example}",
        ) from None


def write_or_print(text: str, out: Path | None, *, force: bool, example: str) -> bool:
    """Write ``text`` to the file ``out`` and return True, or print it; raises InputError where it cannot be written."""
    if out is None:
        from diffusion.cli.shared.console import say

        say(text)
        return False
    with out_file(out, force=force, example=example) as draft:
        draft.write_text(text + "\n", encoding="utf-8", newline="\n")
    return True
