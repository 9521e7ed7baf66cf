"""What a bundle says, and learns, in places that nothing was learned from: an orchard, and folders of the mirror."""
