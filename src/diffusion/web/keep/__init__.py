"""The library: folders of results under the root, with what can be done with them."""
