"""Whether the overview is quick with many cases, and how often it speaks of more than usual when nothing is."""
