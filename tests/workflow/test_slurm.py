"""The workflow on a SLURM cluster: real jobs, and the bytes of a local run.

`make test-slurm` installs SLURM on this machine alone, starts it and runs this file.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import small_study
import yaml
from running import ROOT, snakemake

PROFILE = ROOT / "profiles" / "slurm"
ON_THE_CLUSTER = {"measure_batch", "flux", "survival", "burden", "qc"}
"""Rules whose jobs are submitted; the others take a second or two where Snakemake runs."""


def why_no_slurm() -> str:
    """Return what is missing for jobs to be submitted here; empty where nothing is."""
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "the optional extra `slurm` is not installed"
    if shutil.which("sbatch") is None:
        return "there is no sbatch on this machine"
    if subprocess.run(["sinfo"], capture_output=True, check=False).returncode:
        return "no SLURM controller answers (sinfo)"
    return ""


def checksums(results: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in results.items()}


def states_of(ids: list[str]) -> dict[str, str]:
    """Return what SLURM says of jobs."""
    asked = ["squeue", "--noheader", "--states=all", f"--jobs={','.join(ids)}", "--format=%i %T"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in said.splitlines())


def test_profile_keeps_what_the_default_profile_says() -> None:
    """`--workflow-profile` takes the place of the default one, so its keys stand in both."""
    default = yaml.safe_load((PROFILE.parent / "default" / "config.yaml").read_text("utf-8"))
    slurm = yaml.safe_load((PROFILE / "config.yaml").read_text("utf-8"))
    assert slurm["executor"] == "slurm"
    assert {key: slurm.get(key) for key in default} == default


def test_every_rule_says_what_it_needs_or_runs_beside_snakemake() -> None:
    submitted = set()
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        text = path.read_text("utf-8")
        for name, body in re.findall(
            r"^(?:rule|checkpoint) (\w+):\n(.*?)(?=^\S|\Z)", text, re.M | re.S
        ):
            if re.search(r"^    resources:\n        mem_mb=\d+,\n        runtime=\d+,", body, re.M):
                submitted.add(name)
    assert submitted == ON_THE_CLUSTER | {"simulate"}


@pytest.mark.slow
@pytest.mark.skipif(bool(why_no_slurm()), reason=why_no_slurm())
def test_a_cluster_s_results_are_those_of_a_local_run(tmp_path: Path) -> None:
    local, cluster = tmp_path / "local", tmp_path / "cluster"
    local.mkdir()
    batches = small_study.make(local)
    shutil.copytree(local, cluster)
    config = ("--configfile", small_study.CONFIG_FILE)

    run = snakemake(local, *config)
    assert run.code == 0, run.text
    expected = small_study.tables_of(local)
    assert {"flux.csv", "survival.csv", "report.html", "report.pdf"} <= set(expected)
    assert any(name.startswith("statistics/") for name in expected)
    assert any(name.startswith("figures/") for name in expected)
    assert any(name.startswith("tables/") for name in expected)

    profile = ("--workflow-profile", str(PROFILE), "--latency-wait", "10")
    quick = ("--slurm-no-account", "--slurm-status-command", "squeue")
    quick += ("--slurm-init-seconds-before-status-checks", "2")
    logs = ("--slurm-logdir", str(tmp_path / "slurm-logs"), "--slurm-keep-successful-logs")
    run = snakemake(cluster, *config, *profile, *quick, *logs)
    assert run.code == 0, run.text

    submitted = re.findall(r"submitted with SLURM jobid (\d+) \(log: \S*/rule_(\w+)/", run.text)
    rules = [rule for _, rule in submitted]
    assert set(rules) == ON_THE_CLUSTER
    assert rules.count("measure_batch") == len(batches)
    assert set(states_of([i for i, _ in submitted]).values()) == {"COMPLETED"}
    sums = checksums(small_study.tables_of(cluster))
    assert sums == checksums(expected)
    print("SLURM jobs:", ", ".join(f"{i} {rule}" for i, rule in submitted))
    for name in ("flux.csv", "survival.csv", "statistics/survival_tests.csv", "report.html"):
        print(f"sha256 {sums[name]}  {name}")
    print(f"{len(sums)} files, all of the same bytes as those of the local run")
