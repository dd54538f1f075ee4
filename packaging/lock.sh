#!/bin/sh
# Writes the lock files: every package by name, version and hash, one file for each way to install.
# Linux only: elsewhere install with pip from pyproject.toml. Run by `make lock`, in the project's .venv.
set -eu
cd "$(dirname "$0")/.."

compile() {
    output=packaging/locks/$1.txt
    shift
    CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
        --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
        --output-file "$output" "$@" pyproject.toml packaging/locks/build.in
}

# The largest first, so that all three agree on each version.
compile dev --extra server --extra app --extra dev
compile app --extra server --extra app --constraint packaging/locks/dev.txt
compile server --extra server --constraint packaging/locks/dev.txt
