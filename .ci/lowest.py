"""Print the lowest versions that pyproject.toml allows, as pins for `pip install --constraint`."""

import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
for requirement in project["dependencies"] + project["optional-dependencies"]["test"]:
    name, bound, version = requirement.partition(">=")
    if not bound or not version.replace(".", "").isdigit():
        raise SystemExit(f"not of the form name>=version: {requirement}")
    print(f"{name}=={version}")
