"""One case from request to kept answer: submission, admission, diagnosis, storage."""
