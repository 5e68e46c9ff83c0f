"""What must hold when parts are killed: a client that writes down what it meant, and what came of it."""
