"""Safety stock: where a supply chain holds it at least cost, and how long it survives an outage."""
