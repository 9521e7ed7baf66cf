"""How requests come in over slow and broken connections, without holding up anybody else."""
