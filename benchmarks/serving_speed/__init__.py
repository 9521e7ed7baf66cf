"""How fast the service is, beside the bare work it does and beside two usual ways to serve the same network.

    python -m benchmarks.serving_speed

What is heavy (torch, LitServe) runs in processes of its own, so that the load comes from a light one.
"""
