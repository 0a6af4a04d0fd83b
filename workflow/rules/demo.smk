# The demo's raw data, simulated. Only studies whose config has a `simulate` section have it.
# Reads: the config. Writes: data/<study>/ (clicks, sheets and the simulation's truth).


# A checkpoint, since the imaging batches are known only once they are simulated.
checkpoint simulate:
    output:
        marker=SIMULATED,
        sheets=plan.sheet_files(STUDY),
    log:
        f"{RESULTS}/logs/simulate.log",
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        *settings("simulate"),
        code=code("simulate"),
        libraries=libraries("simulate"),
    message:
        "Simulating the study's clicks and sheets into {STUDY.data_folder}"
    shell:
        "step simulate > {log:q} 2>&1"
