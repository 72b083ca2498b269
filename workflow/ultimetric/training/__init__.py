"""How networks are trained: one loop, its schedule, its state, its checkpoints."""
