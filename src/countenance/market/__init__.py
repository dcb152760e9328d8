"""What each market asks of what is shown there: profiles as data, and several of them combined to the strictest.

Knows nothing of pictures, encoders or files that were made; the exits in `marking` apply it. No legal advice.
"""

from countenance.market.combining import NO_ADVICE, Terms, combine, terms_of
from countenance.market.profile import Profile, Source, known_profiles

__all__ = ["NO_ADVICE", "Profile", "Source", "Terms", "combine", "known_profiles", "terms_of"]
