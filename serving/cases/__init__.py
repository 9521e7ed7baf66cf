"""One case from request to stored answer: submission, admission, diagnosis, storage."""
