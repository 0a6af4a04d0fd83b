# The figures that the config declares, a rule each; `snakemake figures` makes only them.
# Reads: what the figure's kinds read (figures/kinds/): statistics/, flux.csv, survival.csv and,
# for montages, imaging/*/previews.npz.
# Writes: figures/<name>.* in the figure's formats, and its caption figures/<name>.txt.

# What draws the run's figures gets ready while its jobs are still being planned.
if workflow.is_main_process and (DUE := plan.libraries_of_due_figures(STUDY)):
    warm.start(DUE)


for FIGURE in FIGURES:

    rule:
        name:
            f"figure_{FIGURE}".replace("-", "_")
        input:
            figure_input(FIGURE),
        output:
            report(
                figure_files(FIGURE),
                caption="../report/figure.rst",
                category="Figures",
                labels={"figure": FIGURE},
            ),
            caption=f"{RESULTS}/figures/{FIGURE}.txt",
        log:
            f"{RESULTS}/logs/figures/{FIGURE}.log",
        # Many panels take long: begun first, they leave no core idle at the end.
        priority: len(FIGURES[FIGURE].kinds)
        localrule: True
        params:
            *settings("figure", FIGURE),
            figure=FIGURE,
            code=code("figure", FIGURE),
            libraries=libraries("figure", FIGURE),
        message:
            "Drawing figure {params.figure}"
        shell:
            "step figure --figure {params.figure:q} > {log:q} 2>&1"


rule figures:
    input:
        [file for name in FIGURES for file in figure_files(name)],
        expand(f"{RESULTS}/figures/{{figure}}.txt", figure=FIGURES),
