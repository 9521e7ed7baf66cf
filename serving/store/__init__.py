"""What has to outlive a process: tables, their migrations, and one class per table that knows how it is used."""
