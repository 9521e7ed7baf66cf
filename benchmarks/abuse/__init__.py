"""What attacks cost the documented installation, and those who ask meanwhile.

    MAJANI_MIRROR=... python -m benchmarks.abuse [--seconds 5] [--only NAME] [--record]

nginx with ``deploy/nginx-site.conf`` stands in front of the service with the settings of ``deploy/systemd``, both with
their real limits. First single requests: the memory above idle and the core time of each. Then attacks of ``--seconds``
each, from many addresses of 127.0.0.0/8, while other clients send 12-megapixel photos at a fixed pace. Everything stays
on this machine, and the numbers of connections and requests are bounded.
"""
