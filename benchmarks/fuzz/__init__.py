"""Coverage-guided fuzzing of what reads bytes from strangers: the photo decoder, the reader of cases, the manifest.

    pip install -e '.[fuzz]'
    python -m benchmarks.fuzz decoder|case|manifest [--seconds 1200] [--record]

atheris (libFuzzer) sees which lines of our code and of Pillow's Python an input reaches and mutates those that reach
new ones. An exception that the reader does not promise is a crash; more than a second of CPU time is a hang. Either
ends the run, and its input lies in ``build/fuzz/TARGET``. Copy it to ``tests/benchmarks/fuzz/TARGET`` once it is
mended: a test reads all of these inputs again.
"""
