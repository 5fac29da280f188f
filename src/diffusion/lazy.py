"""Names that a package hands on and imports when first used, so that importing it is quick; modules that moved."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType


def handed_on(package: str, where: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package (PEP 562); a name is looked up once.

    In the package's ``__init__``, below ``if TYPE_CHECKING:`` with the same names for type checkers and editors::

        else:
            __getattr__, __dir__ = handed_on(__name__, {"Trust": "diffusion.agents.trust"})

    Parameters
    ----------
    package: the package's ``__name__``
    where: name -> module that has it, or ``module:name`` where it is called otherwise there
    """

    def __getattr__(name: str) -> object:
        if name not in where:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        module, _, own = where[name].partition(":")
        value: object = getattr(import_module(module), own or name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        there = vars(sys.modules[package])
        return sorted({*there, *where, *there.get("__all__", ())})

    return __getattr__, __dir__


def moved(package: str, where: Mapping[str, str]) -> None:
    """Keep documented paths of modules that moved: ``package.old`` hands on whatever its new place has.

    Parameters
    ----------
    package: the package's ``__name__``
    where: old name of the module in the package -> where it is now
    """
    for old, new in where.items():
        module = ModuleType(f"{package}.{old}", f"Moved to ``{new}``.")

        def __getattr__(name: str, new: str = new, old: str = module.__name__) -> object:
            if name.startswith("__"):  # what the import system asks of any module
                raise AttributeError(f"module '{old}' has no attribute '{name}'")
            return getattr(import_module(new), name)

        vars(module)["__getattr__"] = __getattr__
        sys.modules[module.__name__] = module
        setattr(sys.modules[package], old, module)
