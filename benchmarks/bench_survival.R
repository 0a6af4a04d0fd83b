# R's half of bench_survival.py: studies.csv, results.csv and tau are its arguments.
suppressMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
studies <- split(read.csv(arguments[1]), ~study)
studies <- studies[order(as.integer(names(studies)))]
tau <- as.numeric(arguments[3])

curves <- function(d) {
  fit <- survfit(Surv(time, status) ~ group, d, conf.type = "log-log")
  list(quantile(fit, c(0.25, 0.5, 0.75)), summary(fit, rmean = tau)$table)
}
test <- function(d) survdiff(Surv(time, status) ~ group, d)
model <- function(d) summary(suppressWarnings(coxph(Surv(time, status) ~ group, d)))
everything <- function(d) list(curves(d)[[2]], test(d)$chisq, model(d)$coefficients)

timed <- function(name, work) {
  work(studies[[1]])
  start <- proc.time()[["elapsed"]]
  for (d in studies) work(d)
  cat(name, "\t", 1000 * (proc.time()[["elapsed"]] - start) / length(studies), "\n", sep = "")
}
timed("all", everything)
timed("survfit, quantile, rmean", curves)
timed("survdiff", test)
timed("coxph", model)

rows <- lapply(studies, function(d) {
  found <- everything(d)
  arms <- found[[1]][, c("median", "rmean", "se(rmean)")]
  c(arms[1, ], arms[2, ], found[[2]], found[[3]][, c("exp(coef)", "se(coef)")])
})
write.csv(do.call(rbind, rows), arguments[2], row.names = FALSE)
