# Survival statistics.
# Reads: survival.csv, cohort/animals.csv (for strata and covariates).
# Writes: statistics/survival_*.csv, hazard_ratios.csv and those of competing risks.


rule survival:
    input:
        f"{RESULTS}/survival.csv",
        f"{RESULTS}/cohort/animals.csv",
    output:
        arms=f"{RESULTS}/statistics/survival_arms.csv",
        tests=f"{RESULTS}/statistics/survival_tests.csv",
        differences=f"{RESULTS}/statistics/survival_differences.csv",
        curves=f"{RESULTS}/statistics/survival_curves.csv",
        proportional_hazards=f"{RESULTS}/statistics/survival_ph.csv",
        sensitivity=f"{RESULTS}/statistics/survival_sensitivity.csv",
        cumulative_incidence=f"{RESULTS}/statistics/cumulative_incidence.csv",
        competing_tests=f"{RESULTS}/statistics/competing_tests.csv",
        hazard_ratios=f"{RESULTS}/statistics/hazard_ratios.csv",
    log:
        f"{RESULTS}/logs/survival.log",
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        settings=settings("survival"),
        code=code("survival"),
        libraries=libraries("survival"),
    message:
        "Survival statistics"
    shell:
        "step survival > {log:q} 2>&1"
