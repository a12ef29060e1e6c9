"""Known answers: every metric on bundled clips whose numbers, or their order, are known before it runs."""
