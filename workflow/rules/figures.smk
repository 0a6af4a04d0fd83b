# The figures that the config declares; `snakemake figures` makes only them.
# Reads: statistics/, flux.csv, survival.csv and, for montages, imaging/*/previews.npz.
# Writes: figures/<name>.{pdf,svg,png} and the caption figures/<name>.txt.

FIGURES = {figure.name: figure for figure in STUDY.figures.show}


def figure_input(wildcards):
    """Return the tables that a figure draws, and the pictures where it shows any."""
    tables = [*rules.survival.output, *rules.burden.output]
    tables += [f"{RESULTS}/flux.csv", f"{RESULTS}/survival.csv"]
    if FIGURES[wildcards.figure].kind == "montage":
        tables += of_batches("previews.npz")(wildcards)
    return tables


rule figure:
    input:
        figure_input,
    output:
        report(
            expand(
                f"{RESULTS}/figures/{{{{figure}}}}.{{ending}}",
                ending=STUDY.figures.formats,
            ),
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
        caption=f"{RESULTS}/figures/{{figure}}.txt",
    log:
        f"{RESULTS}/logs/figures/{{figure}}.log",
    params:
        settings=lambda wildcards: plan.figure_settings(STUDY, wildcards.figure),
        code=code("figures", "tables/format.py"),
    message:
        "Drawing figure {wildcards.figure}"
    shell:
        "{STEP} figure --config {CONFIG:q} --figure {wildcards.figure:q} > {log:q} 2>&1"


rule figures:
    input:
        expand(
            f"{RESULTS}/figures/{{figure}}.{{ending}}",
            figure=FIGURES,
            ending=STUDY.figures.formats,
        ),
