"""Read models of single sign-on."""
