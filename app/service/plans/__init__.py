"""Plans, what-ifs, and the reasons for them: made, kept on disk and told."""
