"""How fast the service is, beside the bare work it does and beside LitServe with the same network."""
