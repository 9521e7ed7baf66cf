"""Model monitoring: drift of photos and answers, agreement with experts; no pages."""
