"""What a district has been taught: its bundle on the running one's network, put to use and taken back; no pages."""
