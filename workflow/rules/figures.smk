# The figures that the config declares; `snakemake figures` makes only them.
# Reads: statistics/, flux.csv, survival.csv and, for montages, imaging/*/previews.npz.
# Writes: figures/<name>.{pdf,svg,png} and the caption figures/<name>.txt.


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
        settings=figure_settings,
        code=code(
            "figures", "tables/format.py", "tables/sources.py", "burden/values.py"
        ),
    message:
        "Drawing figure {wildcards.figure}"
    shell:
        "step figure --figure {wildcards.figure:q} > {log:q} 2>&1"


rule figures:
    input:
        expand(
            f"{RESULTS}/figures/{{figure}}.{{ending}}",
            figure=FIGURES,
            ending=STUDY.figures.formats,
        ),
