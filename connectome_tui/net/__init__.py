"""What goes between a server and its windows: the frames, and the one stack of sockets that carries them."""
