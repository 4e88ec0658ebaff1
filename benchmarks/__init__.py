"""Figures of speed, as ratios to pgbench on the same server in the same run.

Machines drift by a factor of two within minutes, so every workload is measured between two runs of the
reference and only ratios are compared. `python -m benchmarks` prints one table; it judges nothing and
always ends with 0 when everything could be measured.
"""
