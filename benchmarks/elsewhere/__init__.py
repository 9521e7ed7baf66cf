"""What a bundle says, and learns, in places that it has not learned from: an orchard, and folders of the mirror."""
