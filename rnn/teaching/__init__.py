"""Small networks that learn while they are watched, and the network behind the lesson on units."""
