from snakemake.utils import min_version

min_version("9.27.1")

if not workflow.overwrite_configfiles:

    configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/simulation.smk"
include: "workflow/rules/downloads.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/generators.smk"
include: "workflow/rules/classifiers.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/analyses.smk"
include: "workflow/rules/snake.smk"


rule all:
    default_target: True
    input:
        rules.report.input,
        rules.report.output,
        # No job reads these: without a target, a lost one would not be noticed.
        figures(f"{RESULTS}/figures/{{dataset}}/{{figure}}.pdf"),
        results_of("events"),
