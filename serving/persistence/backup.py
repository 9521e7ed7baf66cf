"""A copy of the SQLite database that is whole, taken while others write."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine


def copy_sqlite(engine: Engine, file: Path) -> None:
    """Copy the database behind ``engine`` to ``file``; the copy appears when it is complete.

    Copying the file itself would miss what is still in the write-ahead log.
    """
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    # Nobody else's business.
    partial.touch(mode=0o600)
    source = engine.raw_connection()
    try:
        with closing(sqlite3.connect(partial)) as target:
            driver = source.driver_connection
            if not isinstance(driver, sqlite3.Connection):
                raise TypeError(f"{engine.url.drivername} is no SQLite driver")
            driver.backup(target)
    except BaseException:
        # On a full disk every attempt would leave a part behind.
        partial.unlink(missing_ok=True)
        raise
    finally:
        source.close()
    partial.rename(file)
