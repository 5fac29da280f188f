"""What moved between two results, read from their manifests: settings, how they were run, versions, data, code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from diffusion.reading.yaml_lines import flattened

#: A manifest, or a part of one, as plain data.
Manifest: TypeAlias = Mapping[str, Any]
#: Keys that say what a scenario is called, not what it is.
_HEADER = ("name", "title", "author", "reference", "description", "baseline")
_CODE = 12


class Moved(NamedTuple):
    """One thing that is not the same on both sides; None where a side does not have it."""

    what: str
    left: object
    right: object


def _moved(left: Mapping[str, object], right: Mapping[str, object]) -> list[Moved]:
    keys = dict.fromkeys((*left, *right))
    return [Moved(key, left.get(key), right.get(key)) for key in keys if left.get(key) != right.get(key)]


def settings_moved(left: Manifest, right: Manifest) -> list[Moved]:
    """Return the settings in which two scenarios of manifests differ, in the order of the schema, headers apart."""
    one, two = (
        {key: value for key, value in flattened(entry["resolved"]) if key.split(".")[0] not in _HEADER}
        for entry in (left, right)
    )
    return _moved(one, two)


def asked_moved(left: Manifest, right: Manifest) -> list[Moved]:
    """Return in what two manifests were asked otherwise: seed, replicates, question, budget, precision."""
    return _moved(_asked(left), _asked(right))


def _asked(manifest: Manifest) -> dict[str, object]:
    request = manifest.get("request") or {}
    target = (manifest.get("asked") or {}).get("target") or ["", "", ""]
    budget = manifest.get("budget") or [{}]
    return {
        "seed": manifest["seed"],
        "replicates": manifest["replicates"],
        "precision": request.get("precision_pp"),
        "asked of": target[2] or "all eligible pairs",
        "budget, GBP a year": budget[0].get("budget_gbp_per_year"),
    }


def versions_moved(left: Manifest, right: Manifest) -> list[Moved]:
    """Return in what two manifests differ of all that computes: package, code, draws, dependencies, machine."""
    return _moved(_versions(left), _versions(right))


def _versions(manifest: Manifest) -> dict[str, object]:
    package, request, machine = manifest["package"], manifest.get("request") or {}, manifest.get("machine") or {}
    git = package.get("git") or {}
    found: dict[str, object] = {
        f"version of {package['name']}": package["version"],
        "commit": _short(git.get("commit")),
        "code of the model": _short(request.get("code")),
        "results of the engine": request.get("engine"),
        "posterior": _short(request.get("posterior")),
    }
    found |= {f"code of {name}": _short(of) for name, of in (request.get("python") or {}).items()}
    found |= dict(manifest.get("dependencies") or {})
    return found | {"Python": machine.get("python"), "platform": machine.get("platform")}


def data_moved(left: Manifest, right: Manifest) -> list[Moved]:
    """Return the tables of the worlds of two scenarios whose content differs, by what they hold."""
    one, two = (
        {
            str(part): _short(str(origin).removeprefix("sha256:"))
            for part, origin in entry["world"]["provenance"].items()
        }
        for entry in (left, right)
    )
    return _moved(one, two)


def _short(text: object) -> object:
    return text[:_CODE] if isinstance(text, str) else text


def tables_moved(left: Mapping[str, str], right: Mapping[str, str]) -> list[str]:
    """Return the tables that are not the same to the byte, by name, from checksums of the files of two results."""
    one, two = ({name: of for name, of in files.items() if name.startswith("tables/")} for files in (left, right))
    return sorted({moved.what.removeprefix("tables/").rpartition(".")[0] for moved in _moved(one, two)})
