"""Shadow mode: a second bundle, the challenger, answers the same cases unseen, so that two models can be compared."""
