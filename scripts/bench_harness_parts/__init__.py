"""What `scripts.bench_harness` measures: jobs that run in processes of their own, and what such a process took."""
