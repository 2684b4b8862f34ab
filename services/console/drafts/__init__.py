"""Posts before they are published: asked of the detectors, judged by the school's policy, and shown for a decision."""
