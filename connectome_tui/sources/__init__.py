"""Where recordings come from: files and standard input, unpacked, recognised by content and opened."""
