## Covariance structures by lavaan 0.6-14 (Debian's r-cran-lavaan). Data: 21_lavaan_covariance_data.py.
suppressPackageStartupMessages(library(lavaan))
read <- function(name) read.csv(paste0("./data/", name, ".csv"))
PD <- "ind60 =~ x1+x2+x3\ndem60 =~ y1+y2+y3+y4\ndem65 =~ y5+y6+y7+y8\ndem60 ~ ind60\ndem65 ~ ind60 + dem60\ny1 ~~ y5\ny2 ~~ y4 + y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"
HS <- "visual =~ x1+x2+x3\ntextual =~ x4+x5+x6\nspeed =~ x7+x8+x9"
EC4 <- "Quality =~ PERQ1+PERQ2+PERQ3+PERQ4+PERQ5+PERQ6+PERQ7\nValue =~ PERV1+PERV2\nSatisfaction =~ CUSA1+CUSA2+CUSA3\nLoyalty =~ CUSL1+CUSL2+CUSL3\nValue ~ Quality\nSatisfaction ~ Quality + Value\nLoyalty ~ Satisfaction"
HO <- "Offer =~ Quality + Value + Image\nQuality =~ PERQ1+PERQ2+PERQ3+PERQ4\nValue =~ PERV1+PERV2\nImage =~ IMAG1+IMAG2+IMAG3\nSatisfaction =~ CUSA1+CUSA2+CUSA3\nSatisfaction ~ Offer"
tight <- list(rel.tol=1e-14, iter.max=20000, eval.max=40000)
slope <- function(fit) tryCatch(max(abs(lavInspect(fit, "gradient"))), error=function(e) Inf)
lowest <- function(fit) lavInspect(fit, "optim")$fx
searched <- function(text, data, ...) suppressWarnings(sem(text, data=data, control=tight, optim.force.converged=TRUE, ...))
fitted <- function(text, data, ...) {  # nlminb, then Gauss-Newton to machine precision where it gets there
  first <- searched(text, data, ...)
  second <- tryCatch(suppressWarnings(sem(text, data=data, optim.method="GN", optim.gn.tol.x=1e-13, optim.gn.iter.max=3000, start=parTable(first), ...)), error=function(e) NULL)
  if (!is.null(second) && lavInspect(second, "converged") && slope(second) < slope(first) && lowest(second) < lowest(first) + 1e-9) second else first }
named <- function(values, labels) as.list(setNames(as.numeric(values), labels))
polished <- function(text, data, ...) {  # Newton steps from where the search stopped: to gradients of 1e-14
  fit <- searched(text, data, ...)
  for (k in 1:2) { at <- as.data.frame(parTable(fit)); free <- at$free > 0
    step <- solve(lavInspect(fit, "hessian"), as.numeric(lavInspect(fit, "gradient")))
    at$est[free] <- at$est[free] - step[at$free[free]]
    fit <- suppressWarnings(sem(text, data=data, start=at, do.fit=FALSE, ...)) }
  fit }
tell <- function(fit) { pe <- parameterEstimates(fit, standardized=TRUE)
  at <- if ("group" %in% names(pe) && max(pe$group) > 1) paste0("@g", pe$group) else ""
  labels <- paste0(pe$lhs, " ", pe$op, " ", pe$rhs, at)
  m <- fitMeasures(fit); list(est=named(pe$est, labels), se=named(pe$se, labels), std=named(pe$std.all, labels), fit=named(m, names(m))) }
indices <- function(fit) { m <- suppressWarnings(modindices(fit)); list(mi=named(m$mi, paste(m$lhs, m$op, m$rhs)), epc=named(m$epc, paste(m$lhs, m$op, m$rhs))) }
o <- list()
for (name in c("PD", "HS", "EC4")) { text <- get(name); d <- read(name)
  for (e in c("ML", "MLM", "MLR")) o[[paste0(name, "_", e)]] <- tell(fitted(text, d, estimator=e))
  o[[paste0(name, "_means")]] <- tell(fitted(text, d, meanstructure=TRUE))
  o[[paste0(name, "_modification")]] <- indices(polished(text, d))
  lacking <- read(paste0(name, "_missing"))
  o[[paste0(name, "_FIML")]] <- tell(fitted(text, lacking, missing="fiml"))
  o[[paste0(name, "_FIML_MLR")]] <- tell(fitted(text, lacking, missing="fiml", estimator="MLR"))
  o[[paste0(name, "_FIML_modification")]] <- indices(polished(text, lacking, missing="fiml")) }
o$HO_ML <- tell(fitted(HO, read("EC4")))
hs <- read("HS"); equal <- function(k) if (k == 0) "" else kinds[seq_len(k)]; kinds <- c("loadings", "intercepts", "residuals"); partial <- c("visual=~x2", "x2~1", "x7~1")
for (e in c("ML", "MLM", "MLR")) { levels <- list()
  for (k in 0:3) levels[[k+1]] <- fitted(HS, hs, group="school", group.equal=equal(k), meanstructure=TRUE, estimator=e)
  free <- fitted(HS, hs, group="school", group.equal=kinds[1:2], group.partial=partial, meanstructure=TRUE, estimator=e)
  test <- lavTestLRT(levels[[1]], levels[[2]], levels[[3]], levels[[4]]); f <- lapply(levels, tell)
  o[[paste0("HS_groups_", e)]] <- list(configural=f[[1]], metric=f[[2]], scalar=f[[3]], strict=f[[4]], partial=tell(free), difference=list(chisq=test[["Chisq diff"]][2:4], df=test[["Df diff"]][2:4], p=test[["Pr(>Chisq)"]][2:4])) }
lacking <- read("HS_missing")
for (k in 0:2) o[[paste0("HS_groups_FIML_", k)]] <- tell(fitted(HS, lacking, group="school", group.equal=equal(k), missing="fiml"))
ec <- read("EC4"); ec$half <- ifelse(seq_len(nrow(ec)) %% 2 == 1, "odd", "even")
for (k in 0:2) o[[paste0("EC4_groups_", k)]] <- tell(fitted(EC4, ec, group="half", group.equal=equal(k), meanstructure=TRUE))
json <- function(x) if (is.list(x)) paste0("{", paste(sprintf("\"%s\": %s", names(x), vapply(x, json, "")), collapse=",\n"), "}") else { n <- ifelse(is.finite(x), sprintf("%.15g", x), "null"); if (length(n) == 1) n else paste0("[", paste(n, collapse=", "), "]") }
o <- c(list(peer=list(lavaan=614)), o)
writeLines(json(o), "lavaan_covariance.json")
