"""Half an hour at a steady, moderate load: does memory grow, do answers slow down, does any request fail?

    MAJANI_MIRROR=... python -m benchmarks.steady_load [--minutes 30]

Photos of the mirror arrive at a fixed pace, whatever the service does, as forms and as bodies, some with an
``Idempotency-Key`` of which every third is sent again, some broken. A latency counts from when a request was due.
"""
