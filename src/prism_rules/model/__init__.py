"""The values that the stages hand on: frozen, strict, with a JSON Schema each."""
