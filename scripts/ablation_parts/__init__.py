"""Parts of scripts/ablation_mini.py."""
