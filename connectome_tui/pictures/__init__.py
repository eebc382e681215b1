"""Pictures of the screen, drawn cell by cell as SVG or PNG; without a terminal and without Textual."""
