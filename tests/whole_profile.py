"""A profile that stands on no base, whole in one text: what tests of the library change line by line.

It says what the packaged profile of its name comes to; `test_profiles_live` holds the two together.
"""

from pathlib import Path

TEXT = Path(__file__).with_name("whole-profile.toml").read_text("utf-8")
