"""What `money_sites.holds` and `fault_sites` assert counts as an assertion of the test that calls them."""

import pytest

pytest.register_assert_rewrite("money_sites", "fault_sites")
