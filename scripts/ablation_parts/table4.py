"""Table 4 of the paper and what stands for it in miniature."""

from __future__ import annotations

from scripts.ablation_parts.table import Column, PaperTable

NAMES = {
    "full": "ours", "no_cv": "ours w/o L_CV", "no_sdm": "ours w/o L_sdm", "z512": "ours, 4 x dim(z)",
    "megaportraits": "MegaPortraits", "megaportraits_finetuned": "MegaPortraits fine-tuned",
}  # fmt: skip
METRICS = {
    "self_l1": False, "self_psnr_db": True, "self_perceptual": False, "cross_perceptual": False,
    "cross_parts_l1": False, "identity": True, "auc_z": False, "components_99": True,
}  # fmt: skip
"""Metric -> whether higher is better."""
PAPER = {
    "FID": Column("cross_perceptual", False, {
        "megaportraits_finetuned": 62.3, "no_cv": 61.4, "no_sdm": 61.8, "z512": 63.4, "full": 59.6,
        "megaportraits": 61.1,
    }),
    "CSIM": Column("identity", True, {
        "megaportraits_finetuned": 0.63, "no_cv": 0.67, "no_sdm": 0.59, "z512": 0.44, "full": 0.74,
        "megaportraits": 0.73,
    }),
    "UMTN": Column("cross_parts_l1", True, {
        "megaportraits_finetuned": 8.5, "no_cv": 9.2, "no_sdm": 11.3, "z512": 25.6, "full": 45.4,
    }),
    "AUC_z": Column("auc_z", False, {
        "megaportraits_finetuned": 0.89, "no_cv": 0.88, "no_sdm": 0.85, "z512": 0.77, "full": 0.80,
    }),
}  # fmt: skip
"""Table 4; MegaPortraits from Table 3, the part driven by MEAD as Table 4 is.

UMTN, votes for expression, is better when higher, as in Table 3, whatever the arrow in Table 4 says. Nothing stands for
UAPP, votes for appearance.
"""
TABLE4 = PaperTable(NAMES, METRICS, PAPER)
