"""Does the correction loop pay? One condition unknown at first, simulated reviewers, and what is learned from them."""
