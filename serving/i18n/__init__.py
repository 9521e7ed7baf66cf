"""Languages: negotiation, catalogues, messages, phrasing."""
