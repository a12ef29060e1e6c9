"""Known answers: every metric on bundled clips whose numbers, or their order, are known before it runs.

Material, mutations and expectations; `benchmark.engine` runs them as it runs any outputs.
"""
