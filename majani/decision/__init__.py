"""Turn probabilities into a diagnosis: rules as pure functions, and the object that applies them to photos."""
