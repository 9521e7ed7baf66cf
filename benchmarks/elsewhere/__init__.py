"""What a bundle says, and learns, in an orchard that nothing was learned from."""
