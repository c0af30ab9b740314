"""The models: typed views over exactly what the server sent."""
