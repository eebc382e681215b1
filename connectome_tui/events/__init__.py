"""What a flow is made of: events, the parts they move between, and the text that describes them."""
