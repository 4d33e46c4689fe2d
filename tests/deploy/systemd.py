"""What systemd itself says of a unit."""

import os
import shutil
import subprocess

import pytest


def analyzed(*words: str) -> subprocess.CompletedProcess[str]:
    """`systemd-analyze`; a test that needs it is skipped where it is missing, but not in CI."""
    if not shutil.which("systemd-analyze"):
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing: apt-get install systemd", pytrace=False)
        pytest.skip("systemd-analyze is missing: apt-get install systemd")
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60)
