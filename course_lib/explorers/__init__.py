"""The live figures of the course, one module per lecture: `explorers.momentum.ravine()` shows one.

Each figure is four functions and a line that puts them together (see `course_lib.live`): `<name>_compute` is
pure and can be called without any widget, `<name>_setup` and `<name>_draw` make and move its artists,
`<name>_summary` says in a line what is to be seen. A module that is put here is found.
"""

import inspect
from importlib import import_module
from pkgutil import iter_modules

__all__ = sorted(module.name for module in iter_modules(__path__))

for topic in __all__:
    import_module(f"{__name__}.{topic}")  # which makes it an attribute of this package


def figures():
    """{"momentum.ravine": the function that makes it}: every figure that shows without a student's code."""
    found = {}
    for topic in __all__:
        module = globals()[topic]
        for name, function in inspect.getmembers(module, inspect.isfunction):
            wanted = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            if function.__module__ == module.__name__ and "_" not in name and not wanted:
                found[f"{topic}.{name}"] = function
    return found
