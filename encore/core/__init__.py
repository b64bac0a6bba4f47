"""The nouns: frozen, serialisable facts that every other package speaks; imports nothing of ours."""
