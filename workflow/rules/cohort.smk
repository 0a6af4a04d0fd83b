# The cohort's sheets, checked, and the tables that follow from them: a rule for those that change
# together.
# Reads: the sheets of the config's data section. Writes: cohort/, survival.csv,
# protocol_deviations.csv.


rule cohort:
    input:
        sheets("cohort"),
    output:
        animals=f"{RESULTS}/cohort/animals.csv",
        survival=data_table("survival.csv", "survival"),
        cages=data_table("cohort/cage_by_arm.csv", "arms by cage"),
        measured=[
            f"{RESULTS}/{table}"
            for table in ("cohort/flux.csv", "cohort/volumes.csv")
            if table in plan.tables_of(STUDY, "cohort")
        ],
    log:
        f"{RESULTS}/logs/cohort.log",
    # At once, and not after hours of measuring: then the sheets are still as planned.
    priority: 1
    params:
        *settings("cohort"),
        planned=planned("cohort"),
        code=code("cohort"),
        libraries=libraries("cohort"),
    message:
        "Checking the cohort's sheets"
    shell:
        "step cohort --planned {params.planned:q} > {log:q} 2>&1"


rule left_out:
    input:
        sheets("left_out"),
    output:
        exclusions=f"{RESULTS}/cohort/exclusions.csv",
        image_exclusions=f"{RESULTS}/cohort/image_exclusions.csv",
    log:
        f"{RESULTS}/logs/left_out.log",
    priority: 1
    params:
        *settings("left_out"),
        planned=planned("left_out"),
        code=code("left_out"),
        libraries=libraries("left_out"),
    message:
        "Listing what the sheets and the config leave out"
    shell:
        "step left_out --planned {params.planned:q} > {log:q} 2>&1"


rule protocol:
    input:
        sheets("protocol"),
    output:
        events=f"{RESULTS}/cohort/events.csv",
        notes=f"{RESULTS}/cohort/notes.csv",
        deviations=data_table("protocol_deviations.csv", "protocol deviations"),
    log:
        f"{RESULTS}/logs/protocol.log",
    priority: 1
    params:
        *settings("protocol"),
        planned=planned("protocol"),
        code=code("protocol"),
        libraries=libraries("protocol"),
    message:
        "Comparing the sheets and the clicks with the protocol"
    shell:
        "step protocol --planned {params.planned:q} > {log:q} 2>&1"
