"""A design on disk: files whose bytes depend on the design alone, each renamed into place, each with its checksum."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.errors import InputError
from diffusion.experiments.study.design import Design, design_hash, may_read_tables
from diffusion.experiments.study.schema import Study
from diffusion.outlets import json_text
from diffusion.reading.as_written import as_written
from diffusion.reading.files import packaged
from diffusion.storage.arrow_memory import reading
from diffusion.storage.manifest import package_version
from diffusion.storage.sealed import read_sealed, sealed
from diffusion.storage.whole_files import write_whole
from diffusion.world.building.build import files_of

if TYPE_CHECKING:
    import pyarrow as pa

#: A folder with this file holds a complete design.
DESIGN_NAME = "design.json"
FORMAT = 1


def freeze(design: Design, folder: Path) -> None:
    """Write the design into ``folder``: study, scenarios in full with their tables, draws, and ``design.json`` last.

    The bytes depend on the design alone. Every file is written beside its place, flushed and renamed; a folder with
    ``design.json`` is complete.
    """
    files: dict[str, bytes] = {}
    study = design.study
    if study.file is not None and study.file.is_file():
        files["study.yaml"] = study.file.read_bytes()
    files["design.parquet"] = _parquet(design.draws)
    if design.shares is not None:
        import pyarrow as pa

        columns = {name: design.shares[:, i] for i, name in enumerate(design.factors)}
        files["shares.parquet"] = _parquet(pa.table(columns))
    for index, (data, own) in enumerate(zip(design.resolved, own_tables(design))):
        files[f"scenarios/{index:02d}.json"] = _json(data)
        for place, path in own.items():
            files[f"scenarios/{index:02d}/{place}"] = path.read_bytes()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, content)
    record = {
        "format": FORMAT,
        "package_version": package_version(),
        "hash": design.hash,
        "scenarios": list(design.scenarios),
        "tables": [list(tables) for tables in design.tables],
        "draws": design.n_draws,
        "replicates": design.replicates,
        "seed": design.seed,
        "runs": design.runs,
        "study": study.model_dump(mode="json", exclude_none=True),
        **({"own_levers": dict(design.own_levers)} if design.own_levers else {}),
        **({"own_outcomes": dict(design.own_outcomes)} if design.own_outcomes else {}),
        **({"own_code": dict(design.own_code)} if design.own_code else {}),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    write_whole(folder / DESIGN_NAME, sealed(record))


def thaw(folder: Path, altered: list[str] | None = None) -> Design:
    """Return the design that was frozen into ``folder``; it needs nothing outside the folder.

    With a list ``altered``, what is not as it was frozen is noted there, a phrase each, and read all the same.

    Raises
    ------
    InputError
        No frozen design, a file that was changed since, or a design of another version of the model.
    """
    path = folder / DESIGN_NAME
    try:
        record, problem = read_sealed(path, "the frozen design")
        contents = {name: (folder / name).read_bytes() for name in record["files"]}
        stated = dict(record["files"])
        known = record["format"] == FORMAT
    except FileNotFoundError as error:
        raise InputError(
            "there is no frozen design" if not path.exists() else "a file of the frozen design is gone",
            file=error.filename,
            expected=f"a folder with {DESIGN_NAME}",
            suggestion="'diffusion sweep run STUDY' writes one",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(path, f"cannot be read: {error}") from None
    if problem:
        _note(altered, path, problem)
    if not known:
        raise _broken(path, f"has format {record['format']!r}, not {FORMAT}")
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != stated[name]:
            _note(altered, folder / name, f"was changed after the design was frozen, or {DESIGN_NAME} is of another")
    with as_written(path, "freeze it anew in another folder, or restore the file"):
        return _thawed(folder, record, contents, altered)


def _note(altered: list[str] | None, path: Path, what: str) -> None:
    if altered is None:
        raise _broken(path, what)
    altered.append(f"{path.name} {what}")


def _thawed(folder: Path, record: dict[str, Any], contents: dict[str, bytes], altered: list[str] | None) -> Design:
    import pyarrow.parquet as pq

    path = folder / DESIGN_NAME
    study = Study.model_validate(record["study"])
    file = folder / "study.yaml"
    study.placed(file if file.is_file() else None)
    options = reading(len(contents["design.parquet"]), folder / "design.parquet")
    draws = pq.read_table(io.BytesIO(contents["design.parquet"]), **options)
    shares = None
    if "shares.parquet" in contents:
        table = pq.read_table(io.BytesIO(contents["shares.parquet"]), **options)
        shares = np.column_stack([table.column(name).to_numpy() for name in table.column_names])
    n = len(record["scenarios"])
    design = Design(
        study,
        tuple(record["scenarios"]),
        draws,
        int(record["replicates"]),
        int(record["seed"]),
        record["hash"],
        tuple(json.loads(contents[f"scenarios/{index:02d}.json"]) for index in range(n)),
        tuple(folder / f"scenarios/{index:02d}" for index in range(n)),
        tuple(tuple(tables) for tables in record["tables"]),
        shares,
        record.get("own_levers", {}),
        record.get("own_outcomes", {}),
        record.get("own_code", {}),
    )
    if design_hash(design) != record["hash"]:
        version = record.get("package_version")
        _note(altered, path, f"does not match its hash: it was changed, or made by another version ({version})")
    study.placed(study.file, scenarios=design.bases)  # what the study names may be gone by now
    return design


def own_tables(design: Design) -> list[dict[str, Path]]:
    """Return, per scenario, relative path -> file of every own table that any draw reads."""
    inside = packaged("")
    worlds = any(may_read_tables(key) for name in design.factors for key in design.study.keys_of(name))
    found: list[dict[str, Path]] = []
    for index, folder in enumerate(design.folders):
        own: dict[str, Path] = {}
        for draw in range(design.n_draws if worlds else 1):
            spec = design.scenario(index, draw).world
            for path in files_of(spec, folder).values():
                if not path.is_relative_to(inside):
                    own[path.relative_to(folder.resolve()).as_posix()] = path
        found.append(dict(sorted(own.items())))
    return found


def _broken(path: Path, what: str) -> InputError:
    return InputError(
        f"the frozen design {what}" if path.name == DESIGN_NAME else f"this file {what}",
        file=path,
        expected="the design as it was frozen",
        suggestion="freeze it anew in another folder, or restore the file",
    )


def _json(data: object) -> bytes:
    return (json_text(data, 1, strict=True) + "\n").encode()


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(None), stream, compression="zstd", use_dictionary=False)
    return stream.getvalue()
