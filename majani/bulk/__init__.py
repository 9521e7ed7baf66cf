"""Archives of photos to Parquet: ``majani bulk``, with Ray Data on the cores of one machine or of a cluster.

Ray shares the photos out and repeats the work of processes and machines that die (``actor``); the command alone writes
files (``run``), each whole or not at all. A run that is started again leaves out photos that have a row.

Needs the extra ``bulk``; nothing else of the core imports this package.
"""
