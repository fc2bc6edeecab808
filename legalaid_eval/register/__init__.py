"""The register: the only room that sees rows about persons. Everything else sees counts."""
