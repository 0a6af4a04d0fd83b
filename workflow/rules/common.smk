# What all rules share: the checked config, paths, and how a job is called.
# Reads: the config. Writes: results/<study>/provenance/config.json (what the jobs read).

from lumicohort.errors import InputError
from lumicohort.study import plan


def _refusing(function, *arguments):
    """Call a function; its refusal of input ends the workflow with its message alone."""
    try:
        return function(*arguments)
    except InputError as error:
        raise WorkflowError(str(error))


STUDY = _refusing(plan.read_study, config, workflow.overwrite_configfiles)
RESULTS = str(STUDY.results_folder)
CONFIG = _refusing(plan.write_resolved_config, STUDY)

# Jobs run the very Python that runs Snakemake: `python` alone is whatever PATH says.
STEP = f"{plan.quoted(sys.executable)} -m lumicohort.cli step"


def settings(*keys):
    """Return the config that a step uses, so that only its change runs the step again."""
    return plan.settings(STUDY, *keys)


def code(*packages):
    """Return a hash of the package code that a step uses, so that its change runs it again."""
    return plan.code_hash(*packages)


def batches(wildcards):
    """Return the study's imaging batches, once its data are there."""
    if STUDY.simulated:
        checkpoints.simulate.get()
    return _refusing(plan.batches, STUDY)


def of_batches(name):
    """Return an input function: one file of every batch."""

    def paths(wildcards):
        return [f"{RESULTS}/imaging/{batch}/{name}" for batch in batches(wildcards)]

    return paths
