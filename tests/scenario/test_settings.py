"""Settings of the command line: whatever key is written, the fault lies with --set, and what is advised works."""

from __future__ import annotations

import random
import re

import pytest

from diffusion.errors import InputError
from diffusion.scenario.load import load_scenario
from diffusion.scenario.settings import keys_of

pytestmark = pytest.mark.unit

STACK = "baseline+local-first"
LEVERS = dict.fromkeys(("ahsn-support", "local-first"))
#: keys of one value each; those that hold lists and mappings have forms of their own
KEYS = [
    key
    for key in keys_of(LEVERS)
    if re.match("parameters|levers|months|start|policy_start", key) and not key.endswith(("lead_ics", "tags"))
]


def value_of(key: str) -> str:
    """Return the value that stands under a key, as it is typed."""
    current: object = load_scenario(STACK).resolved()
    for part in key.split("."):
        current = current.get(part) if isinstance(current, dict) else None
    last = key.rpartition(".")[2]
    if last in ("start", "end", "policy_start", "enabled"):
        return {"end": "2030-01", "enabled": "true"}.get(last, "2017-07")
    if last == "mute":
        return "[payment]"
    return str(current).lower() if current is not None else "1"


def refused(setting: str) -> InputError:
    with pytest.raises(InputError) as caught:
        load_scenario(STACK, [setting])
    return caught.value


def works(error: InputError, wanted: str) -> bool:
    """Whether one of the settings that are advised is the one that was meant, and is taken."""
    advised = re.findall(r"--set (\S+)", error.suggestion or "")
    assert advised, error
    for setting in advised:
        load_scenario(STACK, [setting])
    return any(setting.startswith(f"{wanted}=") for setting in advised)


def test_there_are_many_keys() -> None:
    assert len(KEYS) > 130


SHORTER = [
    (".".join(key.split(".")[start:]), key)
    for key in KEYS
    for start in range(1, key.count(".") + 1)
    if ".targets" not in key and not key.endswith((".start", ".end", ".enabled"))
]


@pytest.mark.parametrize(("short", "key"), random.Random(1).sample(SHORTER, 60))
def test_a_key_without_what_stands_above_it(short: str, key: str) -> None:
    if any(short == other or short.startswith(f"{other}.") for other in ("start", "months", "policy_start")):
        return
    error = refused(f"{short}={value_of(key)}")
    assert (error.file, error.key) == ("--set", short)
    alike = [other for other in keys_of(LEVERS) if other.endswith(f".{short}")]
    assert works(error, key) or len(alike) > 3


@pytest.mark.parametrize("key", random.Random(2).sample([key for key in KEYS if ".targets" not in key], 50))
def test_a_key_with_one_letter_too_many(key: str) -> None:
    rng = random.Random(key)
    parts = key.split(".")
    at = rng.randrange(len(parts))
    if parts[0] == "levers" and at == 1:
        return  # a lever that does not exist: it may be stacked
    place = rng.randrange(1, len(parts[at]))
    parts[at] = parts[at][:place] + "x" + parts[at][place:]
    wrong = ".".join(parts)
    error = refused(f"{wrong}={value_of(key)}")
    assert (error.file, error.key) == ("--set", wrong)
    assert works(error, key)


@pytest.mark.parametrize("key", random.Random(3).sample(KEYS, 30))
def test_what_stands_under_a_key_may_be_set_to_itself(key: str) -> None:
    if ".targets" in key:
        return
    load_scenario(STACK, [f"{key}={value_of(key)}"])


@pytest.mark.parametrize(
    ("setting", "advised"),
    [
        ("levers.local-first=0.5", "--set levers.local-first.strength=0.5"),
        ("start.year=2017-01", "--set start=2017-01"),
        ("world.layers.geo.radius=20", "--set world.layers.geo.radius_km=20"),
        ("parameters=3", "--set parameters."),
        ("world.synthetic.n_trust=9", "--set world.synthetic.n_trusts=9"),
        ("levers.local-first.targets.regoins=[London]", "--set levers.local-first.targets.regions=[London]"),
    ],
)
def test_others(setting: str, advised: str) -> None:
    error = refused(setting)
    assert error.file == "--set"
    assert advised in (error.suggestion or "")


@pytest.mark.parametrize("setting", ["foo=1", "parameters.foo.bar=1", "parameters.capacity.zzz=1", "world.layers=3"])
def test_the_packaged_file_is_never_blamed(setting: str) -> None:
    assert "baseline.yaml" not in str(refused(setting))


def test_free_keys_stay_free() -> None:
    for setting in ("world.layers.own.weight=0.1", "world.synthetic.args.k=4", "agents.trust=mine:Trust"):
        try:
            load_scenario("baseline", [setting])
        except InputError as error:
            assert "unknown key" not in error.message  # noqa: PT017
