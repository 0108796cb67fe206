"""The live figures of the course, one module per lecture: `explorers.momentum.ravine()` shows one.

Each figure is four functions and a line that puts them together (see `course_lib.live`): `<name>_compute` is pure and
can be called without any widget, `<name>_setup` and `<name>_draw` make and move its artists, `<name>_summary` says in a
line what is to be seen.
"""

from course_lib.explorers import adaptive, autodiff, momentum, start, surfaces

__all__ = ["adaptive", "autodiff", "momentum", "start", "surfaces"]
