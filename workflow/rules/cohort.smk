# The cohort's sheets, checked.
# Reads: the sheets of the config's data section. Writes: cohort/, survival.csv,
# protocol_deviations.csv.

# What sheets give besides images: only where the study has such sheets.
MEASURED = [name for name in ("flux", "volumes") if getattr(STUDY.data, name)]


rule cohort:
    input:
        SIMULATED,
        plan.sheet_files(STUDY),
    output:
        animals=f"{RESULTS}/cohort/animals.csv",
        exclusions=f"{RESULTS}/cohort/exclusions.csv",
        image_exclusions=f"{RESULTS}/cohort/image_exclusions.csv",
        events=f"{RESULTS}/cohort/events.csv",
        survival=data_table("survival.csv", "survival"),
        deviations=data_table("protocol_deviations.csv", "protocol deviations"),
        cages=data_table("cohort/cage_by_arm.csv", "arms by cage"),
        measured=[f"{RESULTS}/cohort/{table}.csv" for table in MEASURED],
    log:
        f"{RESULTS}/logs/cohort.log",
    params:
        settings=settings("cohort"),
        last_seen=LAST_SEEN,
        code=code("cohort"),
        libraries=libraries("cohort"),
    message:
        "Checking the cohort's sheets"
    shell:
        "step cohort > {log:q} 2>&1"
