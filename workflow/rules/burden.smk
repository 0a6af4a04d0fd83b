# Tumour-burden statistics.
# Reads: flux.csv, survival.csv, cohort/animals.csv.
# Writes: statistics/burden_*.csv, baseline_*.csv and growth*.csv.


rule burden:
    input:
        flux=f"{RESULTS}/flux.csv",
        survival=f"{RESULTS}/survival.csv",
        animals=f"{RESULTS}/cohort/animals.csv",
    output:
        [
            statistic(name)
            for name in (
                "burden_endpoint",
                "burden_days",
                "burden_animals",
                "burden_auc",
                "burden_ancova",
                "burden_sensitivity",
                "burden_global",
                "baseline_balance",
                "baseline_effect",
                "growth",
                "growth_differences",
                "growth_sensitivity",
                "growth_diagnostics",
            )
        ],
    log:
        f"{RESULTS}/logs/burden.log",
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        *settings("burden"),
        code=code("burden"),
        libraries=libraries("burden"),
    message:
        "Tumour-burden statistics"
    shell:
        "step burden > {log:q} 2>&1"
