"""How sound and lips are compared: windows, distances per offset, crops of the mouth."""
