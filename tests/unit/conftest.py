"""What the tests of several lectures, or of several commands, share."""

import shutil

import pytest

from course_lib import commands

pytest.register_assert_rewrite("claims_contract")


@pytest.fixture
def course_folder(tmp_path, monkeypatch):
    """A course folder of its own, with lectures/ and nothing in it."""
    (tmp_path / "lectures").mkdir()
    shutil.copy(commands.ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    return tmp_path
