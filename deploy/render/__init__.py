"""Makes the manifests that follow from the code: topics, access to them, and the dashboard."""
