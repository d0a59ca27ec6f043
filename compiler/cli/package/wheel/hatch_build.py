"""Adds the command to the wheel, and names the platform: it has programs for one platform, and runs
with every Python 3.
"""
import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ['ADRC_WHEEL_PLATFORM']}"
        build_data["shared_scripts"] = {f"scripts/{name}": name for name in os.listdir("scripts")}
