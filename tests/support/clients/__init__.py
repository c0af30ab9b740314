"""The official clients, each installed once into a virtual environment of its own, and the scripts that they run."""
