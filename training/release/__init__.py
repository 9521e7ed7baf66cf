"""Choose the running bundle: gate, promote, roll back, reference photos for the desk."""
