"""The letter itself: headers, MIME tree, ENVELOPE, BODYSTRUCTURE, composing."""
