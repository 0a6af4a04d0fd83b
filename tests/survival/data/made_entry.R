# R's results for made_entry.csv (animals that came under observation late), as made_entry_r.csv:
#   Rscript made_entry.R made_entry.csv made_entry_r.csv
# survdiff() refuses such data: the log-rank statistic is the score test of coxph with exact ties,
# and the other weights are written out from Klein & Moeschberger (2003), section 7.3.
suppressMessages(library(survival))
options(warn = -1)
arguments <- commandArgs(TRUE)
found <- list()
put <- function(set, key, values) {
  found[[length(found) + 1]] <<- data.frame(set, key, place = seq_along(values), value = as.numeric(values))
}
control <- coxph.control(eps = 1e-11, iter.max = 100)
all <- read.csv(arguments[1])
for (s in unique(all$set)) {
  d <- all[all$set == s, ]
  arms <- unique(d$group)
  d$group <- factor(d$group, levels = arms)
  tau <- min(tapply(d$time, d$group, max))
  for (g in arms) {
    x <- d[d$group == g, ]
    for (ci in c("log-log", "log", "plain")) {
      f <- survfit(Surv(entry, time, event) ~ 1, x, conf.type = ci)
      q <- quantile(f, c(0.25, 0.5, 0.75))
      put(s, paste("quantiles", g, ci), c(q$quantile, q$lower, q$upper))
    }
    f <- survfit(Surv(entry, time, event) ~ 1, x, conf.type = "log-log")
    put(s, paste("time", g), f$time)
    put(s, paste("survival", g), f$surv)
    put(s, paste("at_risk", g), f$n.risk)
    put(s, paste("lower", g), f$lower)
    put(s, paste("upper", g), f$upper)
    m <- tryCatch(summary(f, rmean = tau)$table, error = function(e) NULL)
    if (!is.null(m)) put(s, paste("restricted_mean", g), m[c("rmean", "se(rmean)")])
    put(s, paste("follow_up", g), quantile(survfit(Surv(entry, time, 1 - event) ~ 1, x), 0.5)$quantile)
  }
  for (layer in c("plain", if (length(unique(d$stratum)) > 1) "stratified")) {
    formula <- Surv(entry, time, event) ~ group
    if (layer == "stratified") formula <- Surv(entry, time, event) ~ group + strata(stratum)
    for (ties in c("efron", "breslow", "exact")) {
      m <- coxph(formula, d, ties = ties, control = control)
      put(s, paste("cox", layer, ties), m$coefficients)
      put(s, paste("se", layer, ties), sqrt(diag(as.matrix(m$var))))
      put(s, paste("score", layer, ties), m$score)
      if (ties != "exact") for (g in c("km", "identity", "rank", "log")) {
        put(s, paste("zph", layer, ties, g), cox.zph(m, g)$table["GLOBAL", c("chisq", "p")])
      }
    }
  }
  m <- coxph(Surv(entry, time, event) ~ group + x, d, cluster = if (s == "emptied_early") NULL else stratum, control = control)
  put(s, "adjusted", m$coefficients)
  put(s, "robust", sqrt(diag(m$var)))
  put(s, "adjusted_zph", cox.zph(coxph(Surv(entry, time, event) ~ group + x, d, control = control))$table[, "chisq"])
  for (weight in c("gehan_breslow_wilcoxon", "tarone_ware", "peto_peto", "peto_peto_modified")) {
    k <- length(arms); u <- rep(0, k); v <- matrix(0, k, k); tilde <- 1
    for (t in sort(unique(d$time[d$event == 1]))) {
      risk <- d$entry < t & d$time >= t
      n <- sum(risk); dead <- sum(d$time == t & d$event == 1); tilde <- tilde * (1 - dead / (n + 1))
      w <- switch(weight, gehan_breslow_wilcoxon = n, tarone_ware = sqrt(n), peto_peto = tilde, peto_peto_modified = tilde * n / (n + 1))
      nj <- sapply(arms, function(g) sum(risk & d$group == g)); p <- nj / n
      dj <- sapply(arms, function(g) sum(d$time == t & d$event == 1 & d$group == g))
      u <- u + w * (dj - dead * p)
      if (n > 1) v <- v + w^2 * dead * (n - dead) / (n - 1) * (diag(p, k) - p %o% p)
    }
    i <- seq_len(k - 1)
    put(s, weight, u[i] %*% solve(v[i, i], u[i]))
  }
  # cumulative incidence: every second censored animal died of another cause
  d$outcome <- d$event
  censored <- which(d$event == 0)
  d$outcome[censored[seq_along(censored) %% 2 == 1]] <- 2
  d$id <- seq_len(nrow(d))
  put(s, "outcome", d$outcome)
  x <- d[d$group == arms[1], ]
  f <- survfit(Surv(entry, time, factor(outcome, 0:2)) ~ 1, x, id = id)
  put(s, "incidence", f$pstate[, f$states == "1"])
  put(s, "incidence_time", f$time)
}
write.csv(do.call(rbind, found), arguments[2], row.names = FALSE, quote = FALSE)
