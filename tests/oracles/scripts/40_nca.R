# Necessary conditions of NCA's own example, by NCA 5.0.1 (R 4.2.2).
# Run in an unpacked source package of NCA (CRAN), whose files are read one by one, so that its
# plots and its data base need not be installed:
#   Rscript 40_nca.R > nca.json
load("data/nca.example.RData")
for (file in list.files("R", full.names = TRUE)) source(file)
registerDoSEQ <- registerDoParallel <- stopImplicitCluster <- function(...) invisible()
p_purity_metrics <- function(...) list()

conditions <- c("Individualism", "Risk taking")
outcome <- "Innovation performance"
levels <- c(20, 50, 100, 150, 200, 214.4)
found <- nca_analysis(nca.example, conditions, outcome, ceilings = c("ce_fdh", "cr_fdh"),
                      bottleneck.x = "actual", bottleneck.y = "actual", steps = levels)
of <- function(name) {
  table <- found$summaries[[name]]$params
  lapply(c(ce_fdh = "ce_fdh", cr_fdh = "cr_fdh"), function(ceiling) list(
    zone = as.numeric(table["Ceiling zone", ceiling]),
    effect_size = as.numeric(table["Effect size", ceiling]),
    slope = as.numeric(table["Slope", ceiling]),
    intercept = as.numeric(table["Intercept", ceiling]),
    accuracy = as.numeric(table["Ceiling accuracy", ceiling])))
}
peers <- lapply(found$bottlenecks, function(table) {
  lapply(setNames(conditions, conditions), function(name) as.character(table[[name]]))
})
cat(jsonlite::toJSON(list(
  peer = "NCA", version = "5.0.1", R = R.version.string,
  note = "NN: no level of the condition is needed; data as in Dul (2016)",
  data = as.list(nca.example), levels = levels,
  conditions = lapply(setNames(conditions, conditions), of), bottlenecks = peers),
  auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
