"""Turn probabilities into a diagnosis: rules as pure functions, the object that applies them to photos, and words."""
