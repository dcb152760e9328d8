"""How fast a face ages: every rate of it in one table, per decade, with where the number is from.

Published figures are means of groups; people differ by about as much as the rate. Figures were read in abstracts and
open papers; where a study gives a direction but no rate, or a rate that looked wrong on a face, the entry says that it
was set by eye. Knows nothing of pictures.

Sources, as they are named in the table:

* Chong 2021: "Stereophotogrammetry to reveal age-related changes of labial morphology among Chinese women aging from
  20 to 60", Skin Research and Technology 27(1):41 (169 women).
* De Rigal 2010: "The effect of age on skin color and color heterogeneity in four ethnic groups", Skin Research and
  Technology 16:168 (385 women).
* Kim 2024: "Differences in nasal shapes and the degree of changes over a decade or more: a paired analysis", Clinical
  and Experimental Otorhinolaryngology 17(1):56 (48 adults, CT twice, 12 years apart).
* Luebberding 2014: "Quantification of age-related facial wrinkles in men and women using a three-dimensional fringe
  projection method and validated assessment scales", Dermatologic Surgery 40(1):22 (200 adults).
* Porcheron 2013, 2017: "Aspects of facial contrast decrease with age and are cues for age perception", PLoS ONE
  8(3):e57985 (289 women); "Facial contrast is a cross-cultural cue for perceiving age", Frontiers in Psychology 8:1208.
* Ramaut 2019: "Aging of the upper lip: part I", Plastic and Reconstructive Surgery 143(2):440 (MRI of 200 adults, 20 to
  30 against 65 to 80 years: 47.5 years between the middles).
* Ramesh 2021: "Gravity in midfacial aging: a 3-dimensional study", Aesthetic Surgery Journal (53 women, sitting and
  lying).
* Russell 2017: "Facial contrast declines with age but remains sexually dimorphic throughout adulthood", Adaptive Human
  Behavior and Physiology 3:293 (151 men and women).
* Seo 2009: "Morphological changes of the eyelid according to age", J Korean Ophthalmol Soc 50(10) (600 adults).
* Sforza 2010, 2011: "Age- and sex-related changes in three-dimensional lip morphology", Forensic Science International
  200:182.e1 (918 people); "… of the human nose", 204:205.e1 (859 people).
* Takema 1997: "Age-related changes in the three-dimensional morphological structure of human facial skin", Skin
  Research and Technology 3 (replicas of eight places on 136 women).
* Van den Bosch 1999: "Topographic anatomy of the eyelids, and the effects of sex and age", British Journal of
  Ophthalmology 83:347 (320 people).
* Windhager 2019: "Facial aging trajectories", American Journal of Physical Anthropology 169:678 (surface scans of 88
  adults, 26 to 90 years).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["mm", "share", "log", "L*", "b*", "spots"]


@dataclass(frozen=True)
class Rate:
    """How much something changes in ten years.

    Attributes:
        per_decade: in `unit`; `mm` on a face whose head frame is in cm, `share` of what the person has, `log` of
            luminance (natural), L* and b* of CIELAB.
        source: the study, and what was done to its figure.
    """

    per_decade: float
    unit: Unit
    source: str


SHAPE: dict[str, Rate] = {
    "nose length": Rate(0.8, "mm", "Kim 2024: 1.7 (men) and 1.4 mm (women) in 12 years; Sforza 2011; held back by eye"),
    "nose tip drop": Rate(0.4, "mm", "Sforza 2011, Kim 2024: the tip turns down; amount set by eye"),
    "nose width": Rate(0.3, "mm", "Sforza 2011: alar width grows; amount set by eye"),
    "upper lip length": Rate(0.04, "share", "Ramaut 2019: 19.2 % (women), 18.2 % (men) in 47.5 years"),
    "upper vermilion": Rate(-0.07, "share", "Ramaut 2019: thickness −33 to −41 % in 47.5 years, taken for its height"),
    "lower vermilion": Rate(-0.045, "share", "Sforza 2010, Chong 2021: direction; amount set by eye"),
    "mouth width": Rate(0.015, "share", "Sforza 2010, Chong 2021: it widens; amount set by eye"),
    "mouth corner drop": Rate(0.30, "mm", "Windhager 2019: sagging; amount set by eye"),
    "eye height": Rate(-0.03, "share", "Windhager 2019: smaller visible eyes; Seo 2009: slight; amount set by eye"),
    "eye width": Rate(-0.5, "mm", "Van den Bosch 1999: −2.5 mm from 35 to 85 years"),
    "lid show": Rate(-0.07, "share", "Seo 2009: more upper lid skin hangs over; amount set by eye"),
    "brow drop": Rate(0.35, "mm", "Seo 2009: the outer brow sinks most (Van den Bosch 1999 found none); set by eye"),
    "jowl": Rate(0.8, "mm", "Windhager 2019: 'broken' jaw line; amount set by eye"),
    "cheek hollow": Rate(0.6, "mm", "Ramaut 2019: −25 % of soft tissue at the nasolabial fold; amount set by eye"),
    "temple hollow": Rate(0.5, "mm", "set by eye"),
    "face height": Rate(0.3, "mm", "Windhager 2019: direction; amount set by eye"),
}

FOLDS: dict[str, Rate] = {
    "forehead": Rate(0.036, "log", "Luebberding 2014: grows with age, first in men; amount set by eye"),
    "glabella": Rate(0.038, "log", "Luebberding 2014: after 40; Takema 1997: third of eight places; amount set by eye"),
    "crow's feet": Rate(0.044, "log", "Takema 1997: steepest of eight places; Luebberding 2014; amount set by eye"),
    "under eye": Rate(0.035, "log", "Takema 1997: lower lids, sixth of eight; amount set by eye"),
    "upper lid": Rate(0.040, "log", "Takema 1997: upper lids, fifth of eight; amount set by eye"),
    "nasolabial": Rate(0.028, "log", "Takema 1997: fourth of eight; Windhager 2019; amount set by eye"),
    "marionette": Rate(0.028, "log", "Takema 1997: corners of the mouth, second of eight; amount set by eye"),
    "perioral": Rate(0.036, "log", "set by eye"),
    "chin": Rate(0.025, "log", "set by eye"),
    "own folds": Rate(0.22, "share", "what the material shows of folds grows by this; set by eye"),
}

HOLLOWS: dict[str, Rate] = {
    "tear trough": Rate(0.040, "log", "Ramesh 2021: it empties as tissue sinks; amount set by eye"),
    "lid bag": Rate(0.022, "log", "set by eye"),
    "fold shadow": Rate(0.022, "log", "set by eye"),
    "corner shadow": Rate(0.022, "log", "set by eye"),
    "cheek": Rate(0.015, "log", "set by eye"),
    "temple": Rate(0.018, "log", "set by eye"),
    "jowl": Rate(0.022, "log", "set by eye"),
}

SKIN: dict[str, Rate] = {
    "lightness": Rate(-0.5, "L*", "De Rigal 2010: darkens in every group; amount set by eye"),
    "yellowness": Rate(0.35, "b*", "De Rigal 2010: yellows (Chinese group); amount set by eye"),
    "unevenness": Rate(0.006, "log", "De Rigal 2010: heterogeneity; amount set by eye"),
    "own blotches": Rate(0.06, "share", "what the material shows of unevenness grows by this; set by eye"),
    "spots": Rate(7.0, "spots", "set by eye"),
    "pores": Rate(0.05, "share", "set by eye"),
    "lip redness": Rate(-0.06, "share", "Porcheron 2013, 2017: |a* contrast| falls, r = −0.29; amount set by eye"),
    "lip darkness": Rate(-0.02, "share", "Porcheron 2017: L* contrast of the mouth hardly changes; set by eye"),
    "brow contrast": Rate(
        -0.05, "share", "Porcheron 2017: L* contrast falls, r = −0.50; Russell 2017: men too; by eye"
    ),
    "eye contrast": Rate(-0.025, "share", "Porcheron 2017: L* contrast falls, r = −0.11; amount set by eye"),
    "greying": Rate(0.10, "share", "of hairs of brows and beard; set by eye"),
}
