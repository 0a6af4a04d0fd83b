# From click folders to flux per animal and region: one job per imaging batch.
# Reads: data/<study>/imaging/<batch>/, its rows of the imaging sheet and of roi_review.csv.
# Writes: imaging/<batch>/{clicks,rois,exclusions,sources}.csv and previews.npz; flux.csv;
# exclusions.csv.


rule measure_batch:
    input:
        SIMULATED,
        manifest,
    output:
        clicks=f"{RESULTS}/imaging/{{batch}}/clicks.csv",
        rois=f"{RESULTS}/imaging/{{batch}}/rois.csv",
        exclusions=f"{RESULTS}/imaging/{{batch}}/exclusions.csv",
        sources=f"{RESULTS}/imaging/{{batch}}/sources.csv",
        previews=f"{RESULTS}/imaging/{{batch}}/previews.npz",
    log:
        f"{RESULTS}/logs/imaging/{{batch}}.log",
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        *settings("measure_batch"),
        rows=rows,
        corrections=corrections,
        code=code("measure_batch"),
        libraries=libraries("measure_batch"),
    message:
        "Measuring the clicks of batch {wildcards.batch}"
    shell:
        "step measure_batch --batch {wildcards.batch:q} > {log:q} 2>&1"


rule flux:
    input:
        clicks=of_batches("clicks.csv"),
        rois=of_batches("rois.csv"),
        batch_exclusions=of_batches("exclusions.csv"),
        sources=of_batches("sources.csv"),
        animals=f"{RESULTS}/cohort/animals.csv",
        cohort_exclusions=f"{RESULTS}/cohort/exclusions.csv",
        image_exclusions=f"{RESULTS}/cohort/image_exclusions.csv",
        measured=[f"{RESULTS}/cohort/flux.csv"] if STUDY.data.flux else [],
    output:
        flux=data_table("flux.csv", "flux of every image"),
        exclusions=data_table("exclusions.csv", "what was left out"),
        flow=data_table("cohort/flow.csv", "flow of animals"),
    log:
        f"{RESULTS}/logs/flux.log",
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        *settings("flux"),
        code=code("flux"),
        libraries=libraries("flux"),
    message:
        "Assembling flux.csv from all batches"
    shell:
        "step flux > {log:q} 2>&1"
