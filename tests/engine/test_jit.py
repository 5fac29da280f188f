"""Kernels: compiled anew when their sources change, light until they are needed, the same bits as plain Python."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from diffusion.engine.kernels.kernel_cache import KERNEL_ROOMS
from diffusion.paths import PACKAGE

pytestmark = pytest.mark.integration

DECORATORS = {"kernel", "shared", "inline", "phase_kernel"}


def call(code: str, package: Path = PACKAGE, **environment: str) -> str:
    """Run ``code`` in another process with the package found at ``package``; return what it prints."""
    there = {**os.environ, "PYTHONPATH": str(package.parent), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=there, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_room_that_holds_kernels_decides_where_compiled_ones_are_kept() -> None:
    rooms = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = {item.id for item in node.decorator_list if isinstance(item, ast.Name)}
                if names & DECORATORS:
                    inside = path.relative_to(PACKAGE).as_posix()
                    rooms.add(next((room for room in KERNEL_ROOMS if inside.startswith(f"{room}/")), inside))
    assert rooms == set(KERNEL_ROOMS)


_MEASURE = """
import numpy as np
from {module} import discount_of_test
from diffusion.engine.kernels.kernel_cache import cache_folder
out = np.zeros(1)
discount_of_test(out)
print(out[0], cache_folder().name)
"""
_SCALE = "from diffusion.engine.kernels.jit import inline\n\n\n@inline\ndef scale_of_test():\n    return {value}\n"
_KERNEL = (
    "from diffusion.engine.kernels.jit import kernel\nfrom diffusion.{room}.scale_of_test import scale_of_test\n\n\n"
    "@kernel\ndef discount_of_test(out):\n    out[0] = scale_of_test()\n"
)


def test_a_kernel_that_moves_or_takes_in_other_code_is_compiled_anew(tmp_path: Path) -> None:
    package = tmp_path / "diffusion"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "*.csv"))
    cached = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "NUMBA_CACHE_DIR": ""}

    def found(room: str) -> tuple[str, str]:
        module = f"diffusion.{room.replace('/', '.')}.kernel_of_test"
        value, folder = call(_MEASURE.format(module=module), package, **cached).split()
        return value, folder

    folders = []
    for room in KERNEL_ROOMS:
        scale, kernel = package / room / "scale_of_test.py", package / room / "kernel_of_test.py"
        for value in ("2.0", "3.0"):  # Numba alone would keep the kernel, whose own file does not change
            scale.write_text(_SCALE.format(value=value))
            kernel.write_text(_KERNEL.format(room=room.replace("/", ".")))
            os.utime(kernel, (0, 0))
            number, folder = found(room)
            assert number == value
            folders.append(folder)
            assert found(room) == (value, folder)  # and found again
        inner = package / room / "inner_of_test"
        inner.mkdir()
        (inner / "__init__.py").touch()
        scale.rename(inner / "scale_of_test.py")
        kernel.write_text(_KERNEL.format(room=f"{room}/inner_of_test".replace("/", ".")))
        number, folder = found(room)
        assert number == "3.0"
        folders.append(folder)
    assert len(set(folders)) == len(folders)


_RUN = """
import hashlib, sys
import numpy as np
from diffusion.experiments.running.runner import run
from diffusion.scenario.load import load_scenario
world = "world={synthetic: {england_like: true, n_trusts: 14, n_innovations: 4, kind: mix}}"
scenario = load_scenario("everything", ["months=8", world])
results = run(scenario, 2, seed=3, jobs=1)
total = hashlib.sha256()
for name, values in sorted(results.monthly.items()):
    total.update(name.encode() + np.ascontiguousarray(values).tobytes())
for values in (results.stage_by_innovation, results.flows, results.money_gbp, results.adopters_by_trust):
    total.update(np.ascontiguousarray(values).tobytes())
print(total.hexdigest(), int(results.flows.sum()), "numba" in sys.modules)
"""


def test_plain_python_gives_the_same_bits_without_numba() -> None:
    compiled, moves, loaded = call(_RUN, DIFFUSION_NO_JIT="").split()
    assert loaded == "True"
    assert int(moves) > 20
    assert call(_RUN, DIFFUSION_NO_JIT="1").split() == [compiled, moves, "False"]


_TOGETHER = """
import faulthandler, sys, threading, time
from diffusion.engine.kernels import compiler
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel, shared

@inline
def small(x):
    return x + 1

@shared
def helper(c, r):
    return small(c.month) + r

@phase_kernel
def phase(address):
    c = frame(address)
    for r in range(c.first, c.last):
        c.fund[r, 0] = helper(c, r)

@shared
def other(x):
    return small(x) * 2

@kernel
def called(x):
    return other(x) + 1

made = called._dispatcher  # so that its thread takes Numba's lock first, and the other one ours
slow = compiler.c_function
compiler.c_function = lambda function: (time.sleep(0.3), slow(function))[1]  # as long as a real phase takes
faulthandler.dump_traceback_later(30, exit=True)
found = []
threads = [threading.Thread(target=lambda: found.append(phase.address > 0)) for _ in range(2)]
threads += [threading.Thread(target=lambda: (time.sleep(0.1), found.append(called(3)))) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(map(int, found)))
"""


def test_threads_that_compile_at_once_do_not_wait_for_each_other_forever(tmp_path: Path) -> None:
    (tmp_path / "together.py").write_text(_TOGETHER)
    code = "import runpy; runpy.run_path('together.py')"
    there = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "NUMBA_CACHE_DIR": str(tmp_path)}
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=tmp_path, env=there, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == "[1, 1, 9, 9]", done.stderr


def test_nothing_is_compiled_without_the_compiler() -> None:
    code = (
        "import sys\nfrom diffusion.experiments.running.compiling import warm_up\n"
        "from diffusion.month.phases import month_kernels\nprint(warm_up(), 'numba' in sys.modules)\n"
        "try:\n    month_kernels()[0].address\nexcept RuntimeError as error:\n    print('NO_JIT' in str(error))"
    )
    assert call(code, DIFFUSION_NO_JIT="1").split() == ["False", "False", "True"]


HEAVY = {"numba", "scipy", "pandas", "matplotlib", "networkx", "mesa", "pyarrow", "duckdb", "dask"}


@pytest.mark.parametrize(
    "module",
    [
        "diffusion",
        "diffusion.levers.registry",
        "diffusion.scenario.load",
        "diffusion.mechanisms.parameters",
        "diffusion.month.phases",
        "diffusion.analysis.results.outcomes",
        "diffusion.experiments.study.load",
        "diffusion.cli.app",
    ],
)
def test_loading_is_light(module: str) -> None:
    code = f"import sys, {module}\nimport diffusion.levers.registry as r\nr.all_levers()\nprint(*sys.modules)"
    if module in ("diffusion", "diffusion.cli.app"):
        code = f"import sys, {module}\nprint(*sys.modules)"
    assert HEAVY & set(call(code).split()) == set()
