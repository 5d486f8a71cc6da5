"""Measure retrieval, answers, refusals and summaries on cases."""
