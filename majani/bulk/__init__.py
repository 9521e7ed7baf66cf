"""Archives of photos to Parquet: ``majani bulk``, on this machine's cores or on a Ray cluster.

A run is cut into chunks before the first photo is read (``plan``), every chunk becomes one file of rows (``worker``),
and an engine only decides which process takes which chunk (``local_engine``, ``ray_engine``). A file appears whole or
not at all, and its name says which chunk it is; so a run that was killed goes on with the chunks whose files are
missing, and no photo can be lost or counted twice.

Needs the extra ``bulk``; nothing else of the core imports this package.
"""
