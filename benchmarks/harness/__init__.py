"""What benchmarks share: processes, ports, waiting, recorded figures."""
