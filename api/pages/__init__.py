"""Pages for people, made on the server: a console for auditors and operators."""
