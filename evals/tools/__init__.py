"""The workshop: training, fitting, benchmarks. Not part of an installed Footnote, imported by nobody."""
