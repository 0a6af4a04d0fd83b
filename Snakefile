# The entry for users: `snakemake --cores all` runs the demo study to its report,
# `snakemake --cores all --configfile config/my_study.yaml` runs yours.


include: "workflow/Snakefile"


# A Snakefile that only includes another has no target of its own.
rule default:
    default_target: True
    input:
        rules.all.input,
    message:
        "All results are there"
