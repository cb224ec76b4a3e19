#!/bin/sh
# Installs the packages of a folder's lock for Node, where they are not there yet; says what is left out where not.
set -eu
cd "$1"
mark=node_modules/.lock
cmp -s package-lock.json "$mark" && exit 0
if command -v npm >/dev/null; then
    echo "Installing the tests' packages for Node in $1..."
    # nothing of theirs is run while they are installed
    if npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null; then
        cp package-lock.json "$mark"
        exit 0
    fi
fi
echo "Not installed (that takes npm, and packages in reach of it): what $1 needs. The tests that need it are left out."
