"""The database: models, migrations, one repository per table."""
