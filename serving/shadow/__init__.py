"""Shadow mode: a challenger answers the same cases unseen, so that two models can be compared."""
