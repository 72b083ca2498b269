"""Jets of particles."""
