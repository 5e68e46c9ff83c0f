"""The outside world, each part named by the thing it is."""
