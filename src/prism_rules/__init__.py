"""prism-rules: from production signals to gated dataset actions."""

__version__ = "0.1.0"
