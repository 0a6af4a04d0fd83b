# From click folders to flux per animal and region: one job per imaging batch.
# Reads: data/<study>/imaging/<batch>/, its rows of the imaging sheet.
# Writes: imaging/<batch>/{clicks,rois,exclusions}.csv and previews.npz; flux.csv; exclusions.csv.


rule measure_batch:
    input:
        SIMULATED,
        manifest,
    output:
        clicks=f"{RESULTS}/imaging/{{batch}}/clicks.csv",
        rois=f"{RESULTS}/imaging/{{batch}}/rois.csv",
        exclusions=f"{RESULTS}/imaging/{{batch}}/exclusions.csv",
        previews=f"{RESULTS}/imaging/{{batch}}/previews.npz",
    log:
        f"{RESULTS}/logs/imaging/{{batch}}.log",
    params:
        settings=settings("imaging", "strict", "schedule"),
        positions=positions,
        code=code("living_image", "radiometry", "regions", "imaging"),
    message:
        "Measuring the clicks of batch {wildcards.batch}"
    shell:
        "step measure_batch --batch {wildcards.batch:q} > {log:q} 2>&1"


rule flux:
    input:
        clicks=of_batches("clicks.csv"),
        rois=of_batches("rois.csv"),
        batch_exclusions=of_batches("exclusions.csv"),
        animals=f"{RESULTS}/cohort/animals.csv",
        cohort_exclusions=f"{RESULTS}/cohort/exclusions.csv",
    output:
        flux=f"{RESULTS}/flux.csv",
        exclusions=f"{RESULTS}/exclusions.csv",
    log:
        f"{RESULTS}/logs/flux.log",
    params:
        settings=settings(
            "study", "data", "imaging", "schedule", "strict", "arms", "models"
        ),
        code=code("study", "cohort/crosschecks.py"),
    message:
        "Assembling flux.csv from all batches"
    shell:
        "step flux > {log:q} 2>&1"
