"""The phone app in a real browser, on a network and a processor like those of a cheap phone."""
