"""Networks trained without some places: what they say of these is what to expect in a field never seen."""
