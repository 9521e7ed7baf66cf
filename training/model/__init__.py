"""The network: backbone, head, and CPU speed-ups."""
