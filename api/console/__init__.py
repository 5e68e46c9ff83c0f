"""What can be said at the command line: a module a command, found by place.

Each has `NAME`, `HELP`, `arguments(parser)` and `run(args) -> int`.
"""
