"""The network: backbone, head, warm start, and what makes it fast on a CPU."""
