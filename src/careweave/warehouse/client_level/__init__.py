"""Adult social care Client Level Data: its events, and the official tables made from them."""
