"""What `money_sites.holds` asserts counts as the assertion of the test that calls it."""

import pytest

pytest.register_assert_rewrite("money_sites")
