"""Parts of scripts/ablation_speech.py."""
