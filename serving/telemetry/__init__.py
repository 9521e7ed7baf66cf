"""Log and metrics for the operator, without anything about a person."""
