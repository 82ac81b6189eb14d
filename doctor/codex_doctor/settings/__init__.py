"""What an examination is told beforehand: profiles, settings, waivers, and what must be examined."""
