# Survival statistics.
# Reads: survival.csv, cohort/animals.csv (for strata and covariates).
# Writes: statistics/survival_*.csv, hazard_ratios.csv and those of competing risks.


rule survival:
    input:
        f"{RESULTS}/survival.csv",
        f"{RESULTS}/cohort/animals.csv",
    output:
        arms=statistic("survival_arms"),
        tests=statistic("survival_tests"),
        differences=statistic("survival_differences"),
        curves=statistic("survival_curves"),
        proportional_hazards=statistic("survival_ph"),
        sensitivity=statistic("survival_sensitivity"),
        cumulative_incidence=statistic("cumulative_incidence"),
        competing_tests=statistic("competing_tests"),
        hazard_ratios=statistic("hazard_ratios"),
    log:
        f"{RESULTS}/logs/survival.log",
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        *settings("survival"),
        code=code("survival"),
        libraries=libraries("survival"),
    message:
        "Survival statistics"
    shell:
        "step survival > {log:q} 2>&1"
