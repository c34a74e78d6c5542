"""Datasets in the store: writing, listing, following, importing and exporting them."""
