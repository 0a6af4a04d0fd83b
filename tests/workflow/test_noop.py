"""What makes a run quick that has nothing to do changes nothing of what it finds."""

from __future__ import annotations

from functools import partial
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from running import ROOT
from snakemake.cli import get_argument_parser
from snakemake.persistence import PersistenceBase
from snakemake.scheduling.job_scheduler import JobRateLimiter
from snakemake.settings.types import MaxJobsPerTimespan

from lumicohort.study import libraries, plan, steps
from lumicohort.study.config import load_config


@pytest.mark.parametrize("value", ["", "it's {1: 'a'}\n", "µ", {"numpy": "2.0"}])
def test_snakemake_keeps_parameters_alike_without_pandas(value: object) -> None:
    builtin = partial(PersistenceBase._serialize_param_builtin, None)
    with_pandas = PersistenceBase._serialize_param_pandas
    itself = SimpleNamespace(_serialize_param_builtin=builtin)
    assert builtin(value) == with_pandas(itself, value) == repr(value)
    assert isinstance(vars(PersistenceBase)["_serialize_param"], property), "what the rules replace"


def test_snakemake_limits_starts_by_default_as_the_rules_expect() -> None:
    default = get_argument_parser().get_default("max_jobs_per_timespan")
    limiter = JobRateLimiter(MaxJobsPerTimespan.parse_choice(default))
    assert (limiter.max_jobs, limiter.timespan) == (100, 1), "what the rules take away"


@pytest.mark.parametrize("name", sorted({*libraries.LIBRARIES.values(), "snakemake", "sqlalchemy"}))
def test_libraries_say_of_themselves_what_the_standard_library_reads(name: str) -> None:
    try:
        requires = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    version, wanted = libraries._installed(name)
    assert version == metadata.version(name)
    count = sum("extra ==" not in requirement for requirement in requires)
    assert len(wanted) == count + len(libraries._BESIDES.get(name, ()))


def test_code_and_libraries_kept_are_those_of_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = load_config(ROOT / "config" / "config.yaml")
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # found out, and found again
        plan._code_of_all.cache_clear()
        for step in steps.STEPS:
            if step != "figure":
                found = plan.uses_of(study, step)
                assert found["code"] == steps.code_hash(step)
                assert found["libraries"] == steps.libraries_of(step)
        for figure in study.figures.show:
            found = plan.uses_of(study, "figure", figure.name)
            assert found["code"] == steps.code_hash("figure", figure.kinds)
            assert found["libraries"] == steps.libraries_of("figure", figure.kinds)
    assert (study.results_folder / "provenance" / ".planned-code.json").is_file()
