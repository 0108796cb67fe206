"""`course claims`: what it prints, what it compares, and what it refuses."""

import os

import numpy as np
import pytest

from course_lib import cli
from course_lib.claims import measure
from course_lib.claims.measurement import SOURCE, Claim, Measurement, Part, above
from course_lib.commands import claims
from course_lib.commands.kernels import kernel_environment


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """The command sets variables, which its workers inherit: they are set back."""
    for name in kernel_environment():
        monkeypatch.setenv(name, "7")


def measured(id, seeds, where="", factor=1.0):
    """The standard seeds support the claim and others contradict it; of its second arm nothing changes."""
    first = above(np.full(16, 2.0 if seeds == claims.STANDARD else 0.5), "A sentence.", where and "it rains")
    second = above(np.full(16, 1.0), "Another.", "it is dry") if where else None
    part = Part("a part", SOURCE, first, second)
    return Measurement(Claim(id, 5, "S0", "Text.", ()), tuple(seeds), (part,))


@pytest.mark.parametrize("argv, rule", [
    (["C99"], "ID must be one of "), (["C55", "c15"], "got 'c15'"),
    (["--seeds=7"], "--seeds must be first:end"), (["--seeds=9:1"], "got '9:1'"),
    (["--seeds=0:7"], "eight seeds or more between them, got '0:7'"), (["--seeds=-8:8"], "got '-8:8'"),
    (["--seeds=0:1e3"], "got '0:1e3'"),
])
def test_what_it_does_not_know_is_refused(argv, rule, capsys):
    assert cli.main(["claims", *argv]) == 2
    error = capsys.readouterr().err
    assert error.startswith("course claims: ") and rule in error


def test_a_claim_is_printed_as_it_is_measured_here(capsys):
    assert cli.main(["claims", "C55"]) == 0
    out, progress = capsys.readouterr()
    assert out == f"{measure('C55')!r}\n\n1 claims, 4 outcomes: 3 supported, 1 contradicted\n"
    assert "1/1" in progress


def test_other_seeds_are_compared_with_the_standard_ones_by_arm(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(claims, "_measured", lambda runs: asked.extend(runs) or {
        run: measured(*run, where="both" if run[0] == "C16" else "") for run in runs})
    assert cli.main(["claims", "C15", "C16", "--seeds", "100:116"]) == 0
    assert asked == [(id, seeds) for seeds in (range(100, 116), range(16)) for id in ("C15", "C16")]
    out = capsys.readouterr().out
    assert out.startswith(repr(measured("C15", range(100, 116))))
    assert repr(measured("C15", range(16))) not in out
    assert out.endswith("""
Outcomes that differ from those of seeds 0 to 15: 2
C15 a part: supported, with seeds 100 to 115 contradicted
C16 a part, it rains: supported, with seeds 100 to 115 contradicted
""")


def test_the_standard_seeds_are_measured_once(monkeypatch, capsys):
    for argv in (["C15"], ["C15", "--seeds", "0:16"]):
        asked = []
        monkeypatch.setattr(claims, "_measured", lambda runs: asked.extend(runs) or {
            run: measured(*run) for run in runs})
        assert cli.main(["claims", *argv]) == 0 and asked == [("C15", range(16))]
        assert "differ" not in capsys.readouterr().out


def test_a_claim_that_cannot_be_measured_is_named_and_the_others_are_shown(monkeypatch, capsys):
    def fail(id, seeds):
        raise ValueError("settings must reach beyond the best one")

    monkeypatch.setattr("course_lib.claims.measure", fail)
    reason = claims._one("C15", range(100, 116))
    assert reason == "C15: not measured with seeds 100 to 115: settings must reach beyond the best one"
    monkeypatch.setattr(claims, "_measured", lambda runs: {
        run: reason if run == ("C15", range(100, 116)) else measured(*run) for run in runs})
    assert cli.main(["claims", "C15", "C16", "--seeds", "100:116"]) == 1
    out = capsys.readouterr().out
    assert reason in out and "\nC16 a part: supported, with seeds" in out


def test_workers_inherit_one_thread_of_blas_each():
    claims._measured([("C55", range(2))])
    assert os.environ["OPENBLAS_NUM_THREADS"] == os.environ["OMP_NUM_THREADS"] == "1"
