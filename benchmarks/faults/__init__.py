"""What becomes of cases when something breaks under load: each fault is real, and the truth is read from storage.

    python -m benchmarks.faults

The service runs as it is shipped, under gunicorn with two workers behind nginx (deploy/nginx-site.conf). Clients send
cases, each with its own key, and send a case again until it is acknowledged, as a phone does. Afterwards every
acknowledged case must be there, once, with its photo.
"""
