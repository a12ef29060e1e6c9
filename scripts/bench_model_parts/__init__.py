"""What `scripts.bench_model` measures besides pictures: sound to motion."""
