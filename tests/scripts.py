# SPDX-License-Identifier: GPL-2.0-or-later
"""
scripts.py DIRECTORY FILE...: prints those files that Chromium can parse as
scripts, none of which it runs; what is wrong with the others goes to stderr.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "fs"))
from browser import Browser

with Browser(sys.argv[1]) as page:
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            result = page.call("Runtime.compileScript", expression=file.read(),
                               sourceURL=path, persistScript=False)
        if "exceptionDetails" in result:
            print(path, result["exceptionDetails"], file=sys.stderr)
        else:
            print(path)
