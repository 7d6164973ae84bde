"""Colours and symbols of pictures and pages: the same on paper and on screens.

Colours of Okabe and Ito, which people of every colour vision can part, over greys that stay apart in print. No colour says
anything that a shape or a word doesn't say too.
"""

INK, SOFT, FAINT, RULE = "#1a1a1a", "#5f6a75", "#b4bcc4", "#dde2e6"
TARGET, TARGET_FILL = "#0072b2", "#56b4e9"
ORANGE, VERMILLION, PURPLE = "#e69f00", "#d55e00", "#b0558a"
PHASE_COLOURS = {"extension": "#0072b2", "hold": "#9fd3f2", "flexion": "#e69f00", "turn": "#e9edf0"}
PHASE_INK = {"extension": "#ffffff", "hold": INK, "flexion": INK, "turn": SOFT}

SYMBOLS = {
    "failure": "failure",
    "likely": "failure likely",
    "struggle": "struggle",
    "unsure": "unsure",
    "unable": "not judged",
    "abrupt": "abrupt stop",
    "other": "look-alike",
    "fast": "too fast",
    "slow": "too slow",
    "caution": "caution",
    "stop": "stop level",
    "button": "button",
}
"""Every symbol of an event with what it means, in the order of a legend."""
