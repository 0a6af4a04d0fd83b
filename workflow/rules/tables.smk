# Tables 1 and 2.
# Reads: statistics/. Writes: tables/.


rule tables:
    input:
        rules.survival.output,
        rules.burden.output,
    output:
        table1=report(
            expand(
                f"{RESULTS}/tables/table1_survival.{{ending}}",
                ending=STUDY.tables.formats,
            ),
            caption="../report/table1.rst",
            category="Tables",
            labels={"table": "1: survival"},
        ),
        table2=report(
            expand(
                f"{RESULTS}/tables/table2_burden.{{ending}}",
                ending=STUDY.tables.formats,
            ),
            caption="../report/table2.rst",
            category="Tables",
            labels={"table": "2: tumour burden"},
        ),
    log:
        f"{RESULTS}/logs/tables.log",
    params:
        settings=settings(
            "models", "arms", "reference_arm", "analysis", "tables", "simulate"
        ),
        code=code("tables"),
    message:
        "Tables 1 and 2"
    shell:
        "step tables > {log:q} 2>&1"
