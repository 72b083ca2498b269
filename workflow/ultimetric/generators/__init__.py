"""Models of entries, in folders by family: a module and its card file each."""
