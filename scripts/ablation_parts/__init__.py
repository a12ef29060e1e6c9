"""Parts of scripts/ablation_mini.py; table and results are of every ablation."""
