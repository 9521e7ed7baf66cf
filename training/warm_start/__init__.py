"""What a quick round begins with: networks kept on this machine, and ``models/warm_start`` of the repository."""
