# Little's test on R's airquality: maximum-likelihood moments by lavaan, the sum over patterns by hand.
# Rscript 41_little.R > ../little.json
library(lavaan)
data <- airquality
names(data) <- gsub("[.]", "_", names(data))
pairs <- t(combn(names(data), 2))
model <- paste(paste0(pairs[, 1], " ~~ ", pairs[, 2]), collapse = "\n")
fit <- sem(model, data, missing = "fiml", fixed.x = FALSE, meanstructure = TRUE,
           control = list(rel.tol = 1e-14, iter.max = 10000))
moments <- lavInspect(fit, "implied")
mu <- moments$mean[names(data)]
sigma <- moments$cov[names(data), names(data)]
pattern <- apply(!is.na(data), 1, paste, collapse = "")
statistic <- 0
freedom <- -ncol(data)
for (one in unique(pattern)) {
  rows <- as.matrix(data[pattern == one, ])
  seen <- !is.na(rows[1, ])
  gap <- colMeans(rows[, seen, drop = FALSE]) - mu[seen]
  statistic <- statistic + nrow(rows) * c(gap %*% solve(sigma[seen, seen], gap))
  freedom <- freedom + sum(seen)
}
number <- function(x) ifelse(is.na(x), "null", format(x, digits = 15, trim = TRUE))
columns <- sapply(names(data), function(name)
  sprintf('  "%s": [%s]', name, paste(number(data[[name]]), collapse = ", ")))
cat(sprintf("{\n\"made_by\": \"R %s, lavaan %s\",\n", getRversion(), packageVersion("lavaan")))
cat(sprintf('"statistic": %.10f,\n"degrees_of_freedom": %d,\n"n_patterns": %d,\n', statistic, freedom,
            length(unique(pattern))))
cat('"naniar": {"statistic": 35.1061288689702, "p_value": 0.00141778113856683},\n')
cat('"airquality": {\n', paste(columns, collapse = ",\n"), '\n}\n}\n', sep = "")
