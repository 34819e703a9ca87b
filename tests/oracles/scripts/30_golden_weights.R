# Reference numbers for survey weights, by R's survey package.
# Rscript 30_golden_weights.R > ../survey_weights.json   (Debian: r-cran-survey, r-cran-jsonlite)
suppressMessages({library(survey); library(jsonlite)})
options(survey.lonely.psu = "fail")

n <- 120
i <- seq_len(n) - 1
rows <- data.frame(
  sex = ifelse((i * 7) %% 10 < 6, "m", "f"),
  area = ifelse((i * 3) %% 7 < 3, "rural", "urban"),
  age = c("young", "middle", "old")[1 + (i * i + 2 * i) %% 11 %% 3],
  stratum = paste0("s", 1 + i %/% 40),
  cluster = paste0("c", 1 + i %/% 10),
  base = 1 + (i * 13) %% 17 / 8
)
rows$score <- 5 + (i * 11) %% 6 - 2 * (rows$sex == "m") + 1.5 * (rows$area == "urban") + (rows$age == "old")

shares <- list(sex = c(m = 0.49, f = 0.51), area = c(rural = 0.36, urban = 0.64),
               age = c(young = 0.3, middle = 0.45, old = 0.25))
population <- function(name, total) {
  table <- data.frame(names(shares[[name]]), as.vector(shares[[name]]) * total)
  names(table) <- c(name, "Freq")
  table
}
margins <- list(~sex, ~area, ~age)
targets <- lapply(names(shares), population, total = n)
tight <- list(maxit = 5000, epsilon = 1e-14)

design <- svydesign(ids = ~1, weights = ~base, data = rows)
raked <- rake(design, margins, targets, control = tight)
crossed <- data.frame(sex = c("m", "m", "f", "f"), area = c("rural", "urban", "rural", "urban"),
                      Freq = c(0.15, 0.34, 0.21, 0.30) * n)
post <- postStratify(design, ~sex + area, crossed)

rows$scaled <- rows$base / mean(rows$base)
scaled <- svydesign(ids = ~1, weights = ~scaled, data = rows)
formula <- ~sex + area + age
totals <- c("(Intercept)" = n, sexm = 0.49 * n, areaurban = 0.64 * n, ageold = 0.25 * n, ageyoung = 0.3 * n)
calibrated <- function(fun, ...) as.vector(weights(calibrate(scaled, formula, totals, calfun = fun,
                                                             epsilon = 1e-12, maxit = 500, ...)))
standard_error <- function(d) as.numeric(SE(svymean(~score, d)))
single <- rake(as.svrepdesign(design, type = "JK1"), margins, targets, control = tight)
stratified_design <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~base, data = rows)
stratified <- rake(as.svrepdesign(stratified_design, type = "JKn"), margins, targets, control = tight)

cat(toJSON(list(
  made_by = paste("survey", packageVersion("survey"), R.version.string),
  rows = rows, shares = lapply(shares, as.list),
  raked = as.vector(weights(raked)),
  post_stratified = as.vector(weights(post)),
  linear = calibrated("linear"), raking = calibrated("raking"),
  logit = calibrated("logit", bounds = c(0.4, 2.2)),
  trimmed = as.vector(weights(trimWeights(scaled, upper = 1.4, lower = 0.7))),
  trimmed_strict = as.vector(weights(trimWeights(scaled, upper = 1.4, lower = 0.7, strict = TRUE))),
  mean = as.numeric(svymean(~score, raked)),
  jackknife_se = standard_error(single),
  stratified_jackknife_se = standard_error(stratified),
  kish = as.numeric(1 + (sd(weights(raked)) / mean(weights(raked)))^2 * (n - 1) / n)
), digits = NA, auto_unbox = TRUE))
