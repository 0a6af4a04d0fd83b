# Tumour-burden statistics.
# Reads: flux.csv, survival.csv. Writes: statistics/burden_*.csv and growth.csv.


rule burden:
    input:
        flux=f"{RESULTS}/flux.csv",
        survival=f"{RESULTS}/survival.csv",
    output:
        endpoint=f"{RESULTS}/statistics/burden_endpoint.csv",
        days=f"{RESULTS}/statistics/burden_days.csv",
        growth=f"{RESULTS}/statistics/growth.csv",
    log:
        f"{RESULTS}/logs/burden.log",
    params:
        settings=settings(
            "models", "arms", "reference_arm", "analysis.burden", "schedule"
        ),
        code=code("burden"),
    message:
        "Tumour-burden statistics"
    shell:
        "step burden > {log:q} 2>&1"
