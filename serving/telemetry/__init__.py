"""What an operator sees of the running service: a log and metrics, without anything about a person."""
