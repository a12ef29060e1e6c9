"""What `scripts.bench_training` measures in processes of their own: steps of this code beside those of an older one."""
