"""One way through: accept, store, acknowledge, route, store the replies, deliver."""
