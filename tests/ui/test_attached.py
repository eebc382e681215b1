"""Windows on a shared session (CLIENT): one truth in all of them, and what each says of how it stands."""

from tests.ui.driving_attached import shared


async def test_a_step_in_one_window_is_a_step_in_all() -> None:
    """Next in one window shows the same event, focus and step in another (ENGINE-7)."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        ada.press("3", "n")
        await windows.settle()
        await windows.passed(1000)
        for window in (ada, ben):
            assert "Step 3 of 40" in window.text()
            assert "2 here" in window.rows()[0]
        assert ada.rows() == ben.rows()
