"""What `careweave account` does with people and lists of them."""
