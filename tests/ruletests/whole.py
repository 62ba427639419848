"""A test that says all that a test can say, its numbers worked out by hand."""

from __future__ import annotations

WHOLE = """\
  - name: before
    as_of: 2026-02-22
    data:
      predictions: {generate: [{rows: 20, with: {class: dent, site: p1, confidence: 0.75}}]}
    expect:
      findings:
        - {rule: low-confidence, scope: {class: dent, site: p1}, status: warn, value: 0.75}
        - {rule: overridden-again, scope: {site: p1}, status: no_data}
  - name: whole
    as_of: 2026-03-01
    previous: before
    data:
      predictions:
        generate:
          - {rows: 20, with: {class: dent, site: p1, confidence: [0.60, 0.64], overridden: [true, false]}}
          - {rows: 12, with: {class: ok, site: p9, confidence: 0.50, overridden: false}}
      validation-run:
        generate: [{rows: 20, with: {class: dent, confidence: 0.75}}]
      annotations:
        generate:
          - {units: 10, labels: [dent, dent]}
          - {units: 10, labels: [dent, smudge]}
          - {units: 12, labels: [scratch, scratch]}
    ledger:
      - {action: look, scope: {site: p1}, event: approved, at: 2026-02-27}
      - {action: recalibrate, scope: {class: dent}, event: opened, at: 2026-02-20}
    expect:
      findings:
        - rule: low-confidence
          scope: {class: dent, site: p1}
          status: fail
          value: 0.62
          support: 20
          change: worse
        - rule: low-confidence
          scope: {class: ok, site: p9}
          status: waived
          hides: fail
          value: 0.500
        - rule: confidence-falls
          scope: {class: dent}
          status: fail
          value: 0.62
          baseline: 0.75
        - rule: confidence-falls
          scope: {class: ok}
          status: no_data
          reason: no_baseline
        - rule: overridden-again
          scope: {site: p1}
          status: unsure
          unsure_of: fail
          reason: streak 1 of 2
          value: 0.5
        - rule: class-agreement           # 1 - 63 * 10 / (30 * 34)
          scope: {class: dent}
          status: fail
          value: 0.382
          support: 20
      causes:
        - cause: unsure-model
          scope: {class: dent, site: p1}
          verdict: diagnosed
          head: true
          at: []
          text: The model is not sure of dent at p1.
        - cause: unsure-model
          scope: {class: ok, site: p9}
          verdict: waived
        - cause: split
          head: false
      actions:
        - action: look
          scope: {site: p1}
          state: open
          overdue: false
          title: Look at what is unsure at p1
          steps: |
            1. Look at the rows of the queue.
            2. Say what they have in common.
          owner: "@org/reliability"
          due: 2026-03-01
          rows: 5
        - action: recalibrate
          scope: {class: dent}
          state: proposed
          overdue: true
          owner: "@org/dents"
          due: 2026-02-23
          blocked_by: []
        - action: relabel
          scope: {class: dent}
          state: blocked
          blocked_by: [{rule: class-agreement, because: fails}]
"""
