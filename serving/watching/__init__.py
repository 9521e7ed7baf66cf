"""Watching the model at work: whether photos, answers and experts' judgement stay as they were."""
