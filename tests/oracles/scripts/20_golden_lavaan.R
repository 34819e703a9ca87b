## CB-SEM golden values from lavaan.  LAVLIB=./rlib (0.6-20, default) or LAVLIB=system (Debian 0.6-14)
LL <- Sys.getenv("LAVLIB",Sys.getenv("R_LIBS_USER")); if (LL!="system") .libPaths(c(LL,.libPaths()))
suppressPackageStartupMessages({library(lavaan); library(jsonlite)})
D <- "./data/"; pd <- read.csv(paste0(D,"PoliticalDemocracy.csv")); hs <- read.csv(paste0(D,"HolzingerSwineford1939.csv")); mobi <- read.csv(paste0(D,"mobi.csv"))
PD <- "ind60 =~ x1+x2+x3\ndem60 =~ y1+y2+y3+y4\ndem65 =~ y5+y6+y7+y8\ndem60 ~ ind60\ndem65 ~ ind60 + dem60\ny1 ~~ y5\ny2 ~~ y4 + y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"
HS <- "visual =~ x1+x2+x3\ntextual =~ x4+x5+x6\nspeed =~ x7+x8+x9"
EC <- "Image =~ IMAG1+IMAG2+IMAG3+IMAG4+IMAG5\nExpectation =~ CUEX1+CUEX2+CUEX3\nQuality =~ PERQ1+PERQ2+PERQ3+PERQ4+PERQ5+PERQ6+PERQ7\nValue =~ PERV1+PERV2\nSatisfaction =~ CUSA1+CUSA2+CUSA3\nComplaints =~ 1*CUSCO\nCUSCO ~~ 0*CUSCO\nLoyalty =~ CUSL1+CUSL2+CUSL3\nExpectation ~ Image\nQuality ~ Expectation\nValue ~ Expectation + Quality\nSatisfaction ~ Image + Expectation + Quality + Value\nComplaints ~ Satisfaction\nLoyalty ~ Image + Satisfaction + Complaints"
CFA <- "Image =~ IMAG1+IMAG2+IMAG3+IMAG4+IMAG5\nExpectation =~ CUEX1+CUEX2+CUEX3\nQuality =~ PERQ1+PERQ2+PERQ3+PERQ4+PERQ5+PERQ6+PERQ7\nValue =~ PERV1+PERV2\nSatisfaction =~ CUSA1+CUSA2+CUSA3\nLoyalty =~ CUSL1+CUSL2+CUSL3"
## well-conditioned reduced ECSI (the full one has latent correlations ~1)
EC4 <- "Quality =~ PERQ1+PERQ2+PERQ3+PERQ4+PERQ5+PERQ6+PERQ7\nValue =~ PERV1+PERV2\nSatisfaction =~ CUSA1+CUSA2+CUSA3\nLoyalty =~ CUSL1+CUSL2+CUSL3\nValue ~ Quality\nSatisfaction ~ a*Quality + b*Value\nLoyalty ~ c*Satisfaction\nindirect := a*c"
set.seed(20240101); pdm <- pd; for (v in c("y1","y3","x2","y7")) pdm[sample(nrow(pd),8),v] <- NA; hsm <- hs; for (v in c("x1","x5","x9")) hsm[sample(nrow(hs),30),v] <- NA
write.csv(pdm,paste0(D,"PoliticalDemocracy_missing.csv"),row.names=FALSE); write.csv(hsm,paste0(D,"HolzingerSwineford1939_missing.csv"),row.names=FALSE)
FM <- c("npar","fmin","chisq","df","pvalue","chisq.scaled","pvalue.scaled","chisq.scaling.factor","baseline.chisq","baseline.df","baseline.chisq.scaled","cfi","tli","nfi","nnfi","rfi","ifi","rni","cfi.scaled","tli.scaled","cfi.robust","tli.robust","rmsea","rmsea.ci.lower","rmsea.ci.upper","rmsea.pvalue","rmsea.scaled","rmsea.robust","srmr","srmr_bentler","srmr_mplus","rmr","gfi","agfi","pgfi","mfi","ecvi","aic","bic","bic2","logl","unrestricted.logl","hoelter" ,"cn_05")
ext <- function(fit) { pe <- parameterEstimates(fit, standardized=TRUE); pe$std.all <- pe$std.all; fm <- tryCatch(fitMeasures(fit), error=function(e) c(error=NA)); fm <- fm[intersect(FM,names(fm))]
  g <- if ("group" %in% names(pe) && max(pe$group)>1) paste0("@g",pe$group) else ""; pe$g <- g
  nm <- paste0(pe$lhs," ",pe$op," ",pe$rhs,g); cl <- function(x) as.list(setNames(as.numeric(x),nm))
  list(converged=lavInspect(fit,"converged"), max_abs_gradient=tryCatch(max(abs(lavInspect(fit,"gradient"))),error=function(e) NA), iterations=lavInspect(fit,"iterations"), est=cl(pe$est), se=if (!is.null(pe$se)) cl(pe$se), z=if (!is.null(pe$z)) cl(pe$z), std_all=cl(pe$std.all), fit=as.list(setNames(as.numeric(fm),names(fm))), R2=tryCatch({r<-lavInspect(fit,"r2"); if (is.list(r)) lapply(r,as.list) else as.list(r)},error=function(e) NULL), post_check=suppressWarnings(lavInspect(fit,"post.check"))) }
CT <- list(rel.tol=1e-14, iter.max=10000, eval.max=20000)
polish <- function(FUN, ...) { f0 <- suppressWarnings(FUN(..., control=CT, optim.force.converged=TRUE))   # nlminb, then Fisher-scoring polish to machine precision when it works
  g <- function(f) tryCatch(max(abs(lavInspect(f,"gradient"))), error=function(e) Inf)
  f1 <- tryCatch(suppressWarnings(FUN(..., optim.method="GN", optim.gn.tol.x=1e-13, optim.gn.iter.max=3000, start=parTable(f0))), error=function(e) NULL)
  if (!is.null(f1) && lavInspect(f1,"converged") && g(f1) < g(f0)) list(f1,"nlminb+GN") else list(f0,"nlminb") }
run <- function(...) tryCatch({ p <- polish(sem, ...); c(list(optimiser=p[[2]]), suppressWarnings(ext(p[[1]]))) }, error=function(e) list(error=conditionMessage(e)))
cf <- function(...) tryCatch({ p <- polish(cfa, ...); c(list(optimiser=p[[2]]), suppressWarnings(ext(p[[1]]))) }, error=function(e) list(error=conditionMessage(e)))
o <- list()
for (k in c("PD","HS","EC","CFA","EC4")) { mdl <- get(k); dat <- switch(k,PD=pd,HS=hs,EC=mobi,CFA=mobi,EC4=mobi); fn <- if (k %in% c("HS","CFA")) cf else run
 for (e in c("ML","MLR","MLM","MLF","GLS","ULS","DWLS","WLS","ULSMV")) { if (e=="DWLS"||e=="WLS"||e=="ULSMV") { if (k %in% c("EC","CFA") && e=="WLS") next }
   o[[paste0(k,"_",e)]] <- fn(mdl, data=dat, estimator=e) }
 o[[paste0(k,"_ML_meanstructure")]] <- fn(mdl, data=dat, estimator="ML", meanstructure=TRUE); if (k!="EC") o[[paste0(k,"_ML_stdlv")]] <- fn(mdl, data=dat, estimator="ML", std.lv=TRUE); o[[paste0(k,"_ML_wishart")]] <- fn(mdl, data=dat, estimator="ML", likelihood="wishart") }
o$PD_FIML <- run(PD, data=pdm, missing="fiml"); o$HS_FIML <- cf(HS, data=hsm, missing="fiml"); o$PD_FIML_MLR <- run(PD, data=pdm, missing="fiml", estimator="MLR")
o$PD_listwise <- run(PD, data=pdm)
## ordered (WLSMV) on 5-category recoded mobi CFA
mo <- as.data.frame(lapply(mobi, function(x) cut(x, c(-Inf,4,6,7,8,Inf), labels=FALSE))); write.csv(mo, paste0(D,"mobi_5cat.csv"), row.names=FALSE)
cats <- unlist(list(paste0("IMAG",1:5),paste0("PERQ",1:7),paste0("CUSA",1:3)))
OC <- "Image =~ IMAG1+IMAG2+IMAG3+IMAG4+IMAG5\nQuality =~ PERQ1+PERQ2+PERQ3+PERQ4+PERQ5+PERQ6+PERQ7\nSatisfaction =~ CUSA1+CUSA2+CUSA3"
o$ORD_WLSMV <- cf(OC, data=mo, ordered=cats, estimator="WLSMV"); o$ORD_DWLS <- cf(OC, data=mo, ordered=cats, estimator="DWLS")
## multigroup invariance (Holzinger by school)
o$HS_mg_configural <- cf(HS, data=hs, group="school"); o$HS_mg_metric <- cf(HS, data=hs, group="school", group.equal="loadings"); o$HS_mg_scalar <- cf(HS, data=hs, group="school", group.equal=c("loadings","intercepts")); o$HS_mg_strict <- cf(HS, data=hs, group="school", group.equal=c("loadings","intercepts","residuals"))
## modification indices + factor scores (Holzinger)
f <- cfa(HS, data=hs); mi <- modindices(f, sort.=TRUE, maximum.number=10); o$HS_modindices <- lapply(seq_len(nrow(mi)), function(i) as.list(mi[i,c("lhs","op","rhs","mi","epc")])); fs <- lavPredict(f); o$HS_scores_first5 <- lapply(as.list(as.data.frame(unclass(fs))[1:5,]), as.numeric); fb <- lavPredict(f, method="Bartlett"); o$HS_scores_bartlett_first5 <- lapply(as.list(as.data.frame(unclass(fb))[1:5,]), as.numeric)
for (k in names(o)) if (!is.null(o[[k]]$fit)) cat(sprintf("%-22s conv %s it %s chisq %.6f df %s cfi %.6f rmsea %.6f srmr %.6f post %s grad %.1e %s\n", k, o[[k]]$converged, o[[k]]$iterations, o[[k]]$fit$chisq, o[[k]]$fit$df, o[[k]]$fit$cfi, o[[k]]$fit$rmsea, o[[k]]$fit$srmr, o[[k]]$post_check, o[[k]]$max_abs_gradient, o[[k]]$optimiser)) else if (!is.null(o[[k]]$error)) cat(k, "ERROR", o[[k]]$error, "\n")
v <- as.character(packageVersion("lavaan")); writeLines(toJSON(list(peer="lavaan",version=v,models=list(PD=PD,HS=HS,EC=EC,CFA=CFA,EC4=EC4,ORD=OC),cases=o),auto_unbox=TRUE,digits=NA,na="null",null="null",pretty=TRUE), sprintf("./golden/lavaan_%s.json", v)); cat("lavaan", v, "written\n")
