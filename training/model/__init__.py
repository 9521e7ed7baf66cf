"""The network: backbone, head, warm start, and CPU speed-ups."""
