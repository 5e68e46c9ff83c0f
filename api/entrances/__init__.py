"""Coming in, a module a context: what comes in and goes out. What it takes is told in `application.entering`."""
