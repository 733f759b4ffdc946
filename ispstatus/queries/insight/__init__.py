"""What the insight family asks for: one function per question, unrounded, from sums and never from all samples."""
