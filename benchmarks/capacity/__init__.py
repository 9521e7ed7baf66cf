"""How many machines a number of diagnoses takes: a little measuring, and arithmetic on what else was measured."""
