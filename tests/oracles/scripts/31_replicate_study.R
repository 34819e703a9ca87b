# Replicate weights of a small study and the errors that R's survey package makes of them.
# Rscript 31_replicate_study.R > ../replicate_study.json   (Debian: r-cran-survey, r-cran-jsonlite)
suppressMessages({library(survey); library(jsonlite)})

# Ten strata of two villages, eight people each; deterministic but for the bootstrap's draws.
n <- 160
k <- seq_len(n)
stratum <- rep(1:10, each = 16)
village <- rep(1:20, each = 8)
latent <- sin(1.7 * k) + 0.8 * cos(2.3 * village) + 0.1 * stratum
score <- function(a, own) pmin(10, pmax(1, round(5.5 + 1.6 * (own * latent + 0.6 * sin(a * k)))))
rows <- data.frame(
  stratum, village,
  city = ifelse(k %% 5 < 3, "a", "b"), operator = ifelse(k %% 7 < 4, "ours", "rival"),
  sex = ifelse((7 * k) %% 10 < 6, "m", "f"),
  Q1 = score(1.3, 1), Q2 = score(2.9, 1), Q3 = score(3.7, 0.9), Q4 = score(4.1, 0.9),
  S1 = score(5.3, 0.8), S2 = score(6.1, 0.8), S3 = score(7.3, 0.7), S4 = score(8.9, 0.7),
  weight = round(1 + 0.5 * cos(0.7 * k) + 0.05 * stratum, 3)
)
whole <- svydesign(ids = ~village, weights = ~weight, data = rows)
stratified <- svydesign(ids = ~village, strata = ~stratum, weights = ~weight, data = rows)
sexes <- data.frame(sex = c("m", "f"), Freq = c(0.49, 0.51) * sum(rows$weight))
areas <- data.frame(city = c("a", "b"), Freq = c(0.45, 0.55) * sum(rows$weight))
raked <- function(d) rake(d, list(~sex, ~city), list(sexes, areas),
                          control = list(maxit = 5000, epsilon = 1e-13 * sum(rows$weight)))
errors <- function(d) setNames(as.list(as.numeric(SE(svymean(~Q1 + S4, d)))), c("Q1", "S4"))
ratio <- function(d) as.numeric(SE(svyratio(~Q1, ~S4, d)))

replicated <- function(design, type, ...) {
  reps <- as.svrepdesign(design, type = type, compress = FALSE, mse = TRUE, ...)
  w <- as.matrix(weights(reps, type = "analysis"))
  list(weights = matrix(as.numeric(w), nrow = n), scale = as.numeric(reps$scale * reps$rscales),
       se = errors(reps), ratio_se = ratio(reps), raked_se = errors(raked(reps)))
}
set.seed(1)
out <- list(
  made_by = paste("survey", packageVersion("survey"), R.version.string),
  rows = rows,
  raked = as.vector(weights(raked(stratified))),
  JK1 = replicated(whole, "JK1"),
  JKn = replicated(stratified, "JKn"),
  BRR = replicated(stratified, "BRR"),
  Fay = replicated(stratified, "Fay", fay.rho = 0.3),
  bootstrap = replicated(stratified, "subbootstrap", replicates = 60)
)
cat(toJSON(out, digits = NA, auto_unbox = TRUE, dataframe = "columns"))
