"""Choose the running bundle: gate, promote, roll back, photos for the desk and for the app."""
