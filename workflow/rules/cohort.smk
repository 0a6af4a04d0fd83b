# The cohort's sheets, checked.
# Reads: the sheets of the config's data section. Writes: cohort/, survival.csv,
# protocol_deviations.csv.


rule cohort:
    input:
        SIMULATED,
        plan.sheet_files(STUDY),
    output:
        animals=f"{RESULTS}/cohort/animals.csv",
        exclusions=f"{RESULTS}/cohort/exclusions.csv",
        image_exclusions=f"{RESULTS}/cohort/image_exclusions.csv",
        events=f"{RESULTS}/cohort/events.csv",
        survival=f"{RESULTS}/survival.csv",
        deviations=f"{RESULTS}/protocol_deviations.csv",
        cages=f"{RESULTS}/cohort/cage_by_arm.csv",
    log:
        f"{RESULTS}/logs/cohort.log",
    params:
        settings=settings(
            "models",
            "arms",
            "reference_arm",
            "data",
            "end_reasons",
            "schedule",
            "exclusions",
            "strict",
            "imaging.detection",
            "imaging.measurements",
            "blinding",
            "analysis.survival",
            "analysis.burden.region",
        ),
        last_seen=LAST_SEEN,
        code=code(
            "cohort",
            "living_image",
            "imaging/assign.py",
            "imaging/exported.py",
            "imaging/exported_animals.py",
            "study/template_rows.py",
        ),
    message:
        "Checking the cohort's sheets"
    shell:
        "step cohort > {log:q} 2>&1"
