# Tables 1 and 2, and Table S1 of every animal.
# Reads: statistics/, survival.csv. Writes: tables/.


rule tables:
    input:
        rules.survival.output,
        rules.burden.output,
        survival=f"{RESULTS}/survival.csv",
    output:
        table1=table_files("table1_survival"),
        table2=table_files("table2_burden"),
        table_s1=table_files("tableS1_animals"),
    log:
        f"{RESULTS}/logs/tables.log",
    localrule: True
    params:
        *settings("tables"),
        code=code("tables"),
        libraries=libraries("tables"),
    message:
        "Tables 1, 2 and S1"
    shell:
        "step tables > {log:q} 2>&1"
