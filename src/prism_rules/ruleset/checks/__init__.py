"""What must agree between the places of a ruleset: one function per subject, each yields every problem it finds."""

from __future__ import annotations

from prism_rules.ruleset.checks.actions import check_efforts, check_gates, check_grains, check_idle_gates, check_owners
from prism_rules.ruleset.checks.baselines import check_baselines
from prism_rules.ruleset.checks.bounds import check_bounds, check_order
from prism_rules.ruleset.checks.causes import check_causes, check_reachable, check_twins
from prism_rules.ruleset.checks.cycles import check_cycles
from prism_rules.ruleset.checks.dimensions import check_matches, check_queues, check_rules_by
from prism_rules.ruleset.checks.doubt import check_intervals, check_streaks
from prism_rules.ruleset.checks.escalation import check_days, check_escalation, check_lengths
from prism_rules.ruleset.checks.metrics import check_metrics
from prism_rules.ruleset.checks.not_evaluated import (
    NOT_EVALUATED,
    check_unit_queues,
    find_not_evaluated,
)
from prism_rules.ruleset.checks.overrides import check_overrides
from prism_rules.ruleset.checks.people import check_people
from prism_rules.ruleset.checks.references import check_references, check_unread
from prism_rules.ruleset.checks.renames import check_renames
from prism_rules.ruleset.checks.sampling import check_sampling
from prism_rules.ruleset.checks.series import check_series
from prism_rules.ruleset.checks.sources import (
    check_class_names,
    check_columns,
    check_fields,
    check_lookups,
    check_repeats,
    check_windows,
)
from prism_rules.ruleset.checks.spans import (
    check_baseline_rows,
    check_baseline_starts,
    check_collection_windows,
    check_duplicates,
    check_waits,
)
from prism_rules.ruleset.checks.waivers import check_unused, check_waivers
from prism_rules.ruleset.draft import Check

__all__ = ["CHECKS", "NEEDS", "NOT_EVALUATED", "find_not_evaluated"]

CHECKS: tuple[Check, ...] = (
    check_references,
    check_unread,
    check_renames,
    check_cycles,
    check_fields,
    check_columns,
    check_lookups,
    check_class_names,
    check_repeats,
    check_windows,
    check_collection_windows,
    check_duplicates,
    check_waits,
    check_metrics,
    check_rules_by,
    check_matches,
    check_bounds,
    check_order,
    check_intervals,
    check_streaks,
    check_series,
    check_overrides,
    check_baselines,
    check_baseline_starts,
    check_baseline_rows,
    check_causes,
    check_reachable,
    check_twins,
    check_grains,
    check_gates,
    check_idle_gates,
    check_owners,
    check_efforts,
    check_sampling,
    check_waivers,
    check_unused,
    check_queues,
    check_unit_queues,
    check_people,
    check_lengths,
    check_days,
    check_escalation,
)

NEEDS: tuple[Check, ...] = (check_references, check_metrics, check_rules_by, check_baselines, check_queues)
"""Those that find sources, fields and dimensions which entries need and nobody declares."""
