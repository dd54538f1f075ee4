#!/bin/sh
# Makes everything ready: system libraries, .venv, locked dependencies, the project itself.
#
#   packaging/setup.sh app      what `make run` needs
#   packaging/setup.sh demo     what `make demo` needs
#   packaging/setup.sh tests    what `make test`, `make check`, `make fuzz`, `make torture` and `make bench` need, the app included
#
# May be run again at any time; it does only what is not done yet.
set -eu
cd "$(dirname "$0")/.."

kind=${1:-app}
case $kind in
    app) sections="app" lock=packaging/locks/app.txt ;;
    demo) sections="app scripts" lock=packaging/locks/app.txt ;;
    tests) sections="app scripts tests" lock=packaging/locks/dev.txt ;;
    *) echo "setup: say “app”, “demo” or “tests”, not “$kind”." >&2; exit 2 ;;
esac

say() { printf 'setup: %s\n' "$*"; }
fail() { printf '%s\n' "setup: $1" >&2; shift; [ $# = 0 ] || printf '%s\n' "$@" >&2; exit 1; }

# --- system packages ---------------------------------------------------------------------------------

# The lines of one section of the list.
listed() {
    awk -v wanted="[$1]" '/^#/ || !NF {next} /^\[/ {inside = ($0 == wanted); next} inside' \
        packaging/system-packages.txt
}

installed() {
    case $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) in ii*) return 0 ;; *) return 1 ;; esac
}

# What is missing of a section, one alternative for each line.
missing() {
    listed "$1" | while IFS= read -r line; do
        found=
        for name in $(printf '%s' "$line" | tr '|' ' '); do
            if installed "$name"; then found=yes; fi
        done
        if [ -z "$found" ]; then printf '%s\n' "$line"; fi
    done
}

# The name to ask for, of a line with alternatives.
choose() {
    for name in $(printf '%s' "$1" | tr '|' ' '); do
        choice=$name
        if apt-cache show "$name" >/dev/null 2>&1; then break; fi
    done
    printf '%s\n' "$choice"
}

as_root=
may_install() {
    if [ "$(id -u)" = 0 ]; then return 0; fi
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=sudo; return 0; fi
    return 1
}

install_system() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "this is not Debian or Ubuntu; packaging/system-packages.txt lists what has to be there."
        return
    fi
    lines=$(for section in "$@"; do missing "$section"; done)
    if [ -z "$lines" ]; then return; fi
    if may_install; then
        say "installing system packages"
        $as_root apt-get -q -o Acquire::Retries=3 update >/dev/null
        names=$(printf '%s\n' "$lines" | while IFS= read -r line; do choose "$line"; done | tr '\n' ' ' | sed 's/ $//')
        # shellcheck disable=SC2086
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 \
            install --no-install-recommends $names >/dev/null
        return
    fi
    names=$(printf '%s\n' "$lines" | while IFS= read -r line; do choose "$line"; done | tr '\n' ' ' | sed 's/ $//')
    fail "some system packages are missing, and installing them needs rights this account does not have." \
        "Run this line, then try again:" "" \
        "    sudo apt-get update && sudo apt-get install --no-install-recommends $names" ""
}

# --- Python ------------------------------------------------------------------------------------------

good_python() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c \
        'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
        if good_python "$candidate"; then command -v "$candidate"; return; fi
    done
}

# --- all of it ---------------------------------------------------------------------------------------

# shellcheck disable=SC2086
install_system $sections

stamp=$(cat "$lock" pyproject.toml packaging/setup.sh | sha256sum | cut -d' ' -f1)
done_for() { [ -x .venv/bin/python ] && grep -qs "$2" ".venv/set-up-$1"; }
tests_stamp=$(cat packaging/locks/dev.txt pyproject.toml packaging/setup.sh | sha256sum | cut -d' ' -f1)
if done_for "$kind" "$stamp" || done_for tests "$tests_stamp"; then exit 0; fi

if [ ! -x .venv/bin/python ] || ! good_python .venv/bin/python; then
    python=$(find_python)
    if [ -z "$python" ]; then
        install_system python
        python=$(find_python)
    fi
    if [ -z "$python" ]; then
        fail "no Python from 3.11 to 3.14 with its venv module was found." \
            "On Debian 12 or Ubuntu 24.04 it comes with: sudo apt-get install python3-venv" \
            "One that lies elsewhere can be named: PYTHON=/path/to/python3 make …"
    fi
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

say "installing the dependencies of $lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index \
    --editable .
# PySide6 keeps Python of its own in a library, to be compiled anew by each start. By its own switch it is unpacked
# beside that library, and compiled once; what an earlier version has unpacked there goes first.
for embed in yes no; do
    SBK_EMBED=$embed .venv/bin/python -c "import PySide6.QtCore"
done
printf '%s\n' "$stamp" >".venv/set-up-$kind"
