"""Archives of photos to Parquet: ``majani bulk``, on the cores of one machine or of several.

A run is cut into chunks before the first photo is read (``plan``), every chunk becomes one file of rows (``worker``),
and each machine does its part of the chunks (``run``) in several processes (``process_pool``). A file appears whole or
not at all, and its name says which chunk it is; so a run that was killed goes on with the chunks whose files are
missing, and no photo can be lost or counted twice.

Needs the extra ``bulk``; nothing else of the core imports this package.
"""
