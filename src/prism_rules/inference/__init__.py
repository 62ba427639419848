"""What follows from a number's uncertainty: intervals, p values, drift tests. Pure functions on plain numbers."""

from __future__ import annotations

from prism_rules.inference.discovery import adjust_pvalues
from prism_rules.inference.intervals import Difference, Estimate, compute_tail, find_difference, find_interval
from prism_rules.inference.series import TESTS, Statistic, find_slope
from prism_rules.inference.tails import (
    compute_chi_square_tail,
    compute_kolmogorov_tail,
    compute_normal_tail,
    compute_student_tail,
    find_chi_square_point,
    find_kolmogorov_point,
    find_normal_point,
    find_student_point,
)

__all__ = [
    "TESTS",
    "Difference",
    "Estimate",
    "Statistic",
    "adjust_pvalues",
    "compute_chi_square_tail",
    "compute_kolmogorov_tail",
    "compute_normal_tail",
    "compute_student_tail",
    "compute_tail",
    "find_chi_square_point",
    "find_difference",
    "find_interval",
    "find_kolmogorov_point",
    "find_normal_point",
    "find_slope",
    "find_student_point",
]
