"""From the bytes of YAML files to a checked `Project`, with every mistake named at its place.

The entry is `crosswalk.config.load.load`. Everything here is pure: no clock, no environment, no file is opened, apart
from the JSON Schemas that ship beside the code.
"""
