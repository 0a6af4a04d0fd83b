# The QC page, the report and the record of what made it.
# Reads: everything above. Writes: qc/index.html, report.html, provenance/versions.json.


rule qc:
    input:
        clicks=of_batches("clicks.csv"),
        rois=of_batches("rois.csv"),
        previews=of_batches("previews.npz"),
        exclusions=f"{RESULTS}/exclusions.csv",
    output:
        report(
            f"{RESULTS}/qc/index.html",
            caption="../report/qc.rst",
            category="Quality control",
            labels={"page": "every click"},
        ),
    log:
        f"{RESULTS}/logs/qc.log",
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        *settings("qc"),
        code=code("qc"),
        libraries=libraries("qc"),
    message:
        "Quality-control page"
    shell:
        "step qc > {log:q} 2>&1"


rule versions:
    output:
        versions=f"{RESULTS}/provenance/versions.json",
        config=f"{RESULTS}/provenance/config.json",
    log:
        f"{RESULTS}/logs/versions.log",
    params:
        *settings("versions"),
        code=code("versions"),
        versions=plan.versions(),
    message:
        "Recording the config and the software versions"
    shell:
        "step versions > {log:q} 2>&1"


rule report:
    input:
        figures=rules.figures.input,
        tables=rules.tables.output,
        survival_statistics=rules.survival.output,
        burden_statistics=rules.burden.output,
        flux=f"{RESULTS}/flux.csv",
        survival=f"{RESULTS}/survival.csv",
        exclusions=f"{RESULTS}/exclusions.csv",
        deviations=f"{RESULTS}/protocol_deviations.csv",
        animals=f"{RESULTS}/cohort/animals.csv",
        cages=f"{RESULTS}/cohort/cage_by_arm.csv",
        notes=f"{RESULTS}/cohort/notes.csv",
        clicks=of_batches("clicks.csv"),
        rois=of_batches("rois.csv"),
        versions=f"{RESULTS}/provenance/versions.json",
    output:
        report(
            f"{RESULTS}/report.html",
            caption="../report/report.rst",
            category="Report",
            labels={"page": "report"},
        ),
        pdf=report(
            f"{RESULTS}/report.pdf",
            caption="../report/report.rst",
            category="Report",
            labels={"page": "report, PDF"},
        ),
    log:
        f"{RESULTS}/logs/report.log",
    localrule: True
    params:
        *settings("report"),
        code=code("report"),
        libraries=libraries("report"),
    message:
        "Writing the report"
    shell:
        "step report > {log:q} 2>&1"
