# What all rules share: the checked config, paths, and how a job is called.
# Reads: the config. Writes: results/<study>/provenance/configs/ (what the jobs read).

import json
from functools import cache

from lumicohort.errors import InputError
from lumicohort.figures.sources import OF_BATCHES, SOURCES
from lumicohort.imaging.corrections import batch_corrections
from lumicohort.simulate.guard import refuse_edited_sheets, refuse_real_data
from lumicohort.study import contents, plan, running, screen, warm
from snakemake.logging import logger

try:
    from snakemake.persistence import PersistenceBase
except ImportError:  # another Snakemake
    PersistenceBase = None


def _refusing(function, *arguments):
    """Call a function; its refusal of input ends the workflow with its message alone."""
    try:
        return function(*arguments)
    except InputError as error:
        raise WorkflowError(str(error))
    except OSError as error:
        raise WorkflowError(
            f"{error.filename or ''}: {error.strerror}. Make room on the disk or make it "
            "readable and writable, and run the same command again."
        )


# Where pandas is installed, Snakemake imports it to see whether a parameter is one of its tables: a
# tenth of the time of a run that has nothing to do. None of ours is, and both ways of putting them
# into words give the same.
if hasattr(PersistenceBase, "_serialize_param_builtin"):
    PersistenceBase._serialize_param = PersistenceBase._serialize_param_builtin

# What the screen says, in the words of the study; `--verbose` says all that Snakemake does.
SHORT = workflow.is_main_process and not workflow.output_settings.verbose
if SHORT:
    screen.shorten(logger.handlers)

STUDY = _refusing(plan.read_study, config, workflow.overwrite_configfiles)
if STUDY.simulates:
    # Before anything else: a rule's outputs are removed before it runs, and a lab's sheets in
    # the data folder would be taken for them.
    _refusing(refuse_real_data, STUDY.data_folder, STUDY.data.imaging, False)
if SHORT:
    screen.shorten(logger.handlers, STUDY)
# Jobs on a cluster's nodes read these rules too: they are part of the run under way.
if workflow.is_main_process and (notice := running.notice(STUDY)):
    print(f"\n{notice}\n", file=sys.stderr)


def unlimited(workflow):
    """Let as many jobs start in a second as there are cores for, where they run on this machine.

    To keep to its limit of 100, Snakemake looks through all waiting jobs once a second more for
    each job that ended: of 200 batches that is most of the time that it takes itself. A limit that
    somebody sets is kept.
    """
    limiter = getattr(workflow.scheduler, "job_rate_limiter", None)
    if (
        workflow.local_exec
        and limiter
        and (limiter.max_jobs, limiter.timespan) == (100, 1)
    ):
        workflow.scheduler.job_rate_limiter = None


RESULTS = str(STUDY.results_folder)
CONFIG = _refusing(plan.write_resolved_config, STUDY)

# In rules, `step NAME` runs a step of the package on the study's config (Snakemake formats the
# prefix, hence the doubled braces).
shell.prefix(plan.shell_step(CONFIG).replace("{", "{{").replace("}", "}}"))


def settings(step, figure=None):
    """Return the config that a step uses, so that only its change runs the step again.

    A parameter a key: Snakemake tells of each that changed, before and now. What a study's own
    sheets give is known by its content, see `planned`: whichever key alters it.
    """
    if step in contents.TABLES and not STUDY.simulates:
        return []
    used = json.loads(plan.settings(STUDY, step, figure))
    return [f"{key}: {json.dumps(value)}" for key, value in used.items()]


def code(step, figure=None):
    """Return a hash of the package code that a step uses, so that its change runs it again."""
    return plan.code(STUDY, step, figure)


def libraries(step, figure=None):
    """Return the versions of the libraries that determine a step's results, likewise."""
    return plan.libraries(STUDY, step, figure)


# What marks simulated data as made; other studies' data are just there.
SIMULATED = [f"{STUDY.data_folder}/SIMULATED.txt"] if STUDY.simulates else []


# The files of the imaging folder, looked at once for all that follows. Simulated ones may not be
# there yet.
SEEN = None if STUDY.simulates else _refusing(plan.look, STUDY)


def batches(wildcards):
    """Return the study's imaging batches, once its data are there."""
    if STUDY.simulates:
        checkpoints.simulate.get()
        return _refusing(plan.batches, STUDY)
    return _batches_seen()


@cache
def _batches_seen():
    """Return the imaging batches, listed once for all the rules that ask for them."""
    return _refusing(plan.batches, STUDY, SEEN)


BATCH_FILES = (
    "clicks.csv",
    "rois.csv",
    "exclusions.csv",
    "sources.csv",
    "previews.npz",
)


def of_batches(name):
    """Return an input function: one file of every batch."""

    def paths(wildcards):
        return [f"{RESULTS}/imaging/{batch}/{name}" for batch in batches(wildcards)]

    return paths


def manifest(wildcards):
    """Return the file that lists the content of a batch; it changes only when that does."""
    if STUDY.simulates:
        checkpoints.simulate.get()
    return _refusing(plan.refresh_manifest, STUDY, wildcards.batch, SEEN)


def rows(wildcards):
    """Return what stands for a batch's own rows of the imaging sheet."""
    return _refusing(plan.rows, STUDY, wildcards.batch, SEEN)


def corrections(wildcards):
    """Return a batch's own rows of the reviewer's corrections, and its ImageJ ROIs."""
    return _refusing(plan.corrections, STUDY, wildcards.batch)


# What the tables that follow from the sheets will be; working it out checks the sheets, so that
# their faults end the run before anything starts. Simulated sheets are not there yet.
PLANNED = {} if STUDY.simulates else _refusing(plan.cohort_contents, STUDY, SEEN)
CONTENTS = _refusing(plan.refresh_contents, STUDY, PLANNED)


def sheets(step):
    """Return what the tables that a step makes of the sheets depend on.

    A job runs where one of its tables will come out otherwise, whichever sheet or image that is
    of: that is what the files of CONTENTS stand for.
    """
    if STUDY.simulates:
        return [*SIMULATED, *plan.sheet_files(STUDY)]
    return [CONTENTS[table] for table in plan.tables_of(STUDY, step)]


def planned(step):
    """Return what the tables that a step makes of the sheets were planned to be."""
    tables = plan.tables_of(STUDY, step)
    return json.dumps({table: PLANNED[table] for table in tables if table in PLANNED})


# A reviewer's corrections are checked now as well, whichever batch they are of.
if not STUDY.simulates:
    _refusing(batch_corrections, STUDY)


FIGURES = {figure.name: figure for figure in STUDY.figures.show}


def figure_files(name):
    """Return the paths of a figure's files."""
    return [
        f"{RESULTS}/figures/{file}" for file in STUDY.figures.files_of(FIGURES[name])
    ]


def figure_input(name):
    """Return an input function: the tables that a figure draws, and pictures where it shows any."""
    reads = plan.figure_reads(FIGURES[name])

    def paths(wildcards):
        tables = [
            f"{RESULTS}/{SOURCES[read]}" for read in reads if read not in OF_BATCHES
        ]
        for read in reads:
            if read in OF_BATCHES:
                tables += of_batches(OF_BATCHES[read])(wildcards)
        return tables

    return paths


TABLES = {
    "table1_survival": "1: survival",
    "table2_burden": "2: tumour burden",
    "tableS1_animals": "S1: every animal",
}


def table_files(name):
    """Return a table as an output in all its formats, with its place in Snakemake's report."""
    return report(
        [f"{RESULTS}/tables/{name}.{ending}" for ending in STUDY.tables.formats],
        caption=f"../report/{name}.rst",
        category="Tables",
        labels={"table": TABLES[name]},
    )


def statistic(name):
    """Return a table of statistics as an output, with its place in Snakemake's report."""
    return report(
        f"{RESULTS}/statistics/{name}.csv",
        caption="../report/statistics.rst",
        category="Statistical results",
        labels={"table": name.replace("_", " ")},
    )


def data_table(path, what):
    """Return a table of the study's data as an output, with its place in Snakemake's report."""
    return report(
        f"{RESULTS}/{path}",
        caption="../report/data.rst",
        category="Data",
        labels={"table": what},
    )
