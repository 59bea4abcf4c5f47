"""Puts a mutant in the place of what is loaded already, in this process and for its lifetime.

Why not on the disk: a process that is forked with everything loaded tries a mutant in the time of its tests alone.
Functions keep their identity, because other modules hold them by name: their code is exchanged, not they.
"""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import cast

from jinja2 import ChoiceLoader, DictLoader

from crosswalk.compiler import render
from tests.mutation.mutants import Mutant


def patch(mutant: Mutant) -> bool:
    """Put a mutant in place; False where it cannot even be loaded, which every test would notice."""
    if mutant.file.suffix == ".jinja":
        _patch_template(mutant)
        return True
    module = _module_of(mutant)
    fresh = ModuleType(module.__name__)
    fresh.__dict__.update({"__file__": module.__file__, "__name__": module.__name__})
    known = sys.modules[module.__name__]
    sys.modules[module.__name__] = fresh
    try:
        exec(compile(mutant.text, str(mutant.file), "exec"), fresh.__dict__)
    except Exception:
        return False
    finally:
        sys.modules[module.__name__] = known
    _take_over(module, fresh)
    return True


def _module_of(mutant: Mutant) -> ModuleType:
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(mutant.file):
            return module
    raise LookupError(f"{mutant.file} is not loaded")


def _patch_template(mutant: Mutant) -> None:
    environment = render._environment()
    loader = environment.loader
    assert loader is not None
    environment.loader = ChoiceLoader([DictLoader({mutant.file.name: mutant.text}), loader])
    assert environment.cache is not None
    environment.cache.clear()
    render._template.cache_clear()


def _take_over(module: ModuleType, fresh: ModuleType) -> None:
    for name, new in fresh.__dict__.items():
        old = module.__dict__.get(name)
        if isinstance(new, FunctionType) and new.__module__ == module.__name__:
            _exchange(old, new)
        elif isinstance(new, type) and new.__module__ == module.__name__:
            for attribute, method in vars(new).items():
                _exchange(vars(cast("type", old)).get(attribute), method)
        elif not isinstance(new, type | FunctionType | ModuleType) and not name.startswith("__"):
            setattr(module, name, new)


def _exchange(old: object, new: object) -> None:
    """Give a function, or what is wrapped as a property, context manager or cache, the code of another."""
    while hasattr(old, "__wrapped__") and hasattr(new, "__wrapped__"):
        old, new = old.__wrapped__, new.__wrapped__
    if isinstance(old, property) and isinstance(new, property):
        old, new = old.fget, new.fget
    if isinstance(old, FunctionType) and isinstance(new, FunctionType) and _alike(old, new):
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def _alike(old: FunctionType, new: FunctionType) -> bool:
    return len(old.__code__.co_freevars) == len(new.__code__.co_freevars)
