"""The demonstration's questionnaire: structure of the answers, item by item.

The model part is the telecom model of the catalogue with declared
coefficients; expected and perceived service quality and complaint handling
stand outside the model.
"""

from __future__ import annotations

STRUCTURE = """
Image        =~ 0.80*IMA1 + 0.85*IMA2 + 0.78*IMA3
Expectation  =~ 0.80*EXP_NET + 0.76*EXP_BUS + 0.78*EXP_SRV
Network      =~ 0.80*COV1 + 0.82*COV2 + 0.84*DAT1 + 0.85*DAT2 + 0.74*VOI1 + 0.76*VOI2
Business     =~ 0.84*TAR1 + 0.80*TAR2 + 0.78*PRO1 + 0.80*PRO2
Service      =~ 0.78*TP_BUY + 0.76*TP_INSTALL + 0.80*TP_PAY + 0.82*TP_REPAIR + 0.79*TP_RENEW
Value        =~ 0.86*VAL1 + 0.88*VAL2
Satisfaction =~ 0.90*SAT1 + 0.86*SAT2 + 0.84*SAT3
Complaints   =~ 1.00*COMPLAINED
Loyalty      =~ 0.88*LOY1 + 0.72*LOY2 + 0.86*RECOMMEND
ServiceExpected  =~ 0.76*EXQ_REL + 0.78*EXQ_ASS + 0.70*EXQ_TAN + 0.74*EXQ_EMP + 0.77*EXQ_RES
ServicePerceived =~ 0.80*PEQ_REL + 0.81*PEQ_ASS + 0.72*PEQ_TAN + 0.79*PEQ_EMP + 0.82*PEQ_RES
Handling         =~ 0.85*CH1 + 0.88*CH2

Expectation  ~ 0.55*Image
Network      ~ 0.58*Expectation
Business     ~ 0.55*Expectation
Service      ~ 0.60*Expectation
Value        ~ 0.10*Expectation + 0.22*Network + 0.32*Business + 0.18*Service
Satisfaction ~ 0.18*Image + 0.25*Network + 0.20*Business + 0.22*Service + 0.24*Value
Complaints   ~ -0.42*Satisfaction
Loyalty      ~ 0.22*Image + 0.52*Satisfaction + -0.12*Complaints
ServiceExpected  ~ 0.65*Expectation
ServicePerceived ~ 0.75*Service
Handling         ~ 0.50*Service
"""

ITEMS = (
    *("IMA1", "IMA2", "IMA3", "EXP_NET", "EXP_BUS", "EXP_SRV"),
    *("COV1", "COV2", "DAT1", "DAT2", "VOI1", "VOI2", "TAR1", "TAR2", "PRO1", "PRO2"),
    *("TP_BUY", "TP_INSTALL", "TP_PAY", "TP_REPAIR", "TP_RENEW"),
    *("EXQ_REL", "EXQ_ASS", "EXQ_TAN", "EXQ_EMP", "EXQ_RES"),
    *("PEQ_REL", "PEQ_ASS", "PEQ_TAN", "PEQ_EMP", "PEQ_RES"),
    *("VAL1", "VAL2", "SAT1", "SAT2", "SAT3", "COMPLAINED", "CH1", "CH2"),
    *("LOY1", "LOY2", "RECOMMEND"),
)
"""In the order of the data file."""

FILTERED = ("CH1", "CH2")
"""Asked only of those who complained."""

SCALES = {"COMPLAINED": (0.0, 1.0), "RECOMMEND": (0.0, 10.0)}
"""Scales other than 1 to 10."""

OFFSETS = {
    **{"IMA1": 1.5, "IMA2": -1.0, "IMA3": -0.5},
    **{"EXP_NET": 1.0, "EXP_BUS": -1.5, "EXP_SRV": 0.5},
    **{"COV1": 1.5, "COV2": -1.0, "DAT1": -1.5, "DAT2": -1.0, "VOI1": 1.0, "VOI2": 1.0},
    **{"TAR1": 1.5, "TAR2": 0.5, "PRO1": -0.5, "PRO2": -1.5},
    **{"TP_BUY": 2.0, "TP_INSTALL": 1.0, "TP_PAY": 1.5, "TP_REPAIR": -3.0, "TP_RENEW": -1.5},
    **{"EXQ_REL": 1.0, "EXQ_ASS": 0.5, "EXQ_TAN": -2.0, "EXQ_EMP": 0.0, "EXQ_RES": 0.5},
    **{"PEQ_REL": -0.5, "PEQ_ASS": 1.0, "PEQ_TAN": 1.5, "PEQ_EMP": -1.5, "PEQ_RES": -0.5},
    **{"VAL1": 0.8, "VAL2": -0.8, "SAT1": 1.2, "SAT2": -0.2, "SAT3": -1.0},
    **{"CH1": 1.0, "CH2": -1.0, "LOY1": 3.0, "LOY2": -6.0, "RECOMMEND": 3.0},
}
"""What an item's level lies above its construct's, 0-100; they add up to 0 a construct."""

UNIFORM = ("Network", "Business")
"""Constructs whose items all have the construct's level in the example city."""

WEAK_SPOTS = {
    "nanqiao": {"TP_REPAIR": -5.0},
    "fengxi": {"TP_PAY": -5.0},
    "xiyuan": {"TAR2": -4.0},
    "beigang": {"DAT1": -4.0},
}
"""Items on which our customers in a city are unhappy beyond the construct's level, 0-100."""

GROUP_SHIFTS = {
    "premium": {
        **{"Image": 0.15, "Expectation": 0.10, "Network": 0.10, "Business": 0.05},
        **{"Service": 0.20, "Value": 0.05, "Satisfaction": 0.15, "Loyalty": 0.25},
        **{"ServicePerceived": 0.20},
    },
    "standard": {},
    "youth": {
        **{"Image": -0.05, "Network": -0.15, "Business": -0.05, "Service": -0.05},
        **{"Value": -0.10, "Satisfaction": -0.10, "Complaints": 0.10, "Loyalty": -0.30},
    },
}
"""What a customer group's answers lie above the others', latent standard deviations."""

MISSING_RATE = 0.015
MISSING_RATES = {
    **{"IMA3": 0.04, "EXP_NET": 0.03, "EXP_BUS": 0.03, "EXP_SRV": 0.03},
    **{"TP_INSTALL": 0.06, "TP_REPAIR": 0.08, "TP_RENEW": 0.05, "COMPLAINED": 0.0},
}
"""Share of "don't know" and refusals, completely at random, where it is not the usual one."""

DONT_KNOW, REFUSED = 98, 99
REFUSED_SHARE = 0.15
