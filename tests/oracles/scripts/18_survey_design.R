# Standard errors of a stratified cluster sample with weights, by R's package survey:
# linearised, balanced half samples (plain and Fay's), and the stratified jackknife.
# Rscript tests/oracles/scripts/18_survey_design.R tests/oracles
library(survey)
library(jsonlite)

# Eight strata of two villages, four people each; deterministic, so that no random stream matters.
n <- 64
k <- seq_len(n)
stratum <- rep(1:8, each = 8)
village <- rep(1:16, each = 4)
wave <- function(a, b) round(5 + 3 * sin(a * k) + 2 * cos(b * village) + 0.3 * stratum, 3)
data <- data.frame(stratum, village, x = wave(1.3, 2.1), y = wave(2.7, 1.9) + wave(1.3, 2.1) / 2,
                   weight = round(1 + 0.5 * cos(0.7 * k) + 0.1 * stratum, 3))
design <- svydesign(ids = ~village, strata = ~stratum, weights = ~weight, data = data)

correlation <- function(w, data) {
  w <- w / sum(w)
  x <- data$x - sum(w * data$x)
  y <- data$y - sum(w * data$y)
  sum(w * x * y) / sqrt(sum(w * x^2) * sum(w * y^2))
}
average <- function(w, data) sum(w * data$x) / sum(w)

replicated <- function(type, ...) {
  reps <- as.svrepdesign(design, type = type, compress = FALSE, mse = TRUE, ...)
  # Only the jackknife has a factor of its own for every replicate.
  rscales <- if (type == "JKn") reps$rscales else rep(1, ncol(reps$repweights))
  w <- weights(reps, type = "analysis")
  list(weights = matrix(as.numeric(as.matrix(w)), nrow = nrow(data)),
       scale = as.numeric(reps$scale) * rscales,
       mean_se = as.numeric(SE(withReplicates(reps, average))),
       correlation_se = as.numeric(SE(withReplicates(reps, correlation))))
}
out <- list(
  versions = list(R = R.version.string, survey = as.character(packageVersion("survey"))),
  data = data,
  mean = as.numeric(coef(svymean(~x, design))),
  mean_se = as.numeric(SE(svymean(~x, design))),
  correlation = correlation(data$weight, data),
  effective_sample_size = sum(data$weight)^2 / sum(data$weight^2),
  brr = replicated("BRR"),
  fay = replicated("Fay", fay.rho = 0.3),
  jackknife = replicated("JKn")
)
target <- file.path(commandArgs(TRUE)[1], "survey_design.json")
write_json(out, target, digits = NA, auto_unbox = TRUE, dataframe = "columns")
