"""Table 6 of the paper and what stands for it in miniature."""

from __future__ import annotations

from scripts.ablation_parts.table import Column, PaperTable

NAMES = {
    "full": "ours", "mae": "ours with MAE(z)", "no_pca": "ours w/o L_PCA", "entangled": "ours w/o disentanglement",
}  # fmt: skip
METRICS = {"m_p": False, "m_v": False, "f_p": False, "f_v": False, "silence_opening": False}
"""Metric -> whether higher is better."""
PAPER = {
    "M_P": Column("m_p", False, {"full": 2.53, "mae": 2.61, "no_pca": 3.13, "entangled": 5.78}),
    "M_V": Column("m_v", False, {"full": 1.38, "mae": 1.45, "no_pca": 1.88, "entangled": 2.55}),
    "F_P": Column("f_p", False, {"full": 0.82, "mae": 0.84, "no_pca": 0.84, "entangled": 0.98}),
    "F_V": Column("f_v", False, {"full": 0.33, "mae": 0.34, "no_pca": 0.35, "entangled": 0.45}),
}
"""Table 6 with the header of Table 5, whose last row is the same in that order."""
TABLE6 = PaperTable(NAMES, METRICS, PAPER)
