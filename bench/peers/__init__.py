"""What we are held against: stock libraries, bare statements, routes that do nothing."""
