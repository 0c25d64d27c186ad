"""Where the twistd plugin goes: everything else stands in pyproject.toml.

`plugins/` is installed as `twisted/plugins/`, where twistd looks; pyproject.toml alone cannot say
that and find the other packages too.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["mailsuite", "mailsuite.*"]), "twisted.plugins"],
    package_dir={"twisted.plugins": "plugins"},
)
