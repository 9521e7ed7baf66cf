"""Reviews: how far they agree, what they mean for cases that wait, and how training gets them."""
