"""Durable jobs: a queue by a library, and the workers that do them in processes of their own."""
