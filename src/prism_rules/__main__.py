"""`python -m prism_rules`: the same as the command `prism-rules`."""

from __future__ import annotations

import sys

from prism_rules.cli import main

if __name__ == "__main__":
    sys.exit(main())
