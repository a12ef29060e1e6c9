"""Stands in for the networks of EMOPortraits, which it imports under two names."""
