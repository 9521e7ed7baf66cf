"""Model monitoring: agreement with experts and senders, daily jobs, storage; no pages."""
